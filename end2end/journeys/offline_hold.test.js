// A tablet that never got an offline package puts a release on hold and resumes it: the words of the reason and its times
// are those that the server comes to.
import assert from 'node:assert/strict';
import { DATA, hall, installed, synced } from '../support/device.js';
import { demo } from '../support/people.js';
import { shot } from '../support/shots.js';
import { ask, command, draftFor, more, next, show } from '../support/workflow.js';

const { journey } = hall();

const DAYS = ['sunday', 'monday', 'tuesday', 'wednesday', 'thursday', 'friday', 'saturday'];
const DUE = Date.parse('2031-03-01T23:00:00Z');

/** Work is done for an hour a week, three days from now: none passes while the journey runs, whatever the time is. */
function hourAWeek() {
  const day = new Date(Date.now() + 3 * 86_400_000);
  return {
    name: 'An hour a week',
    zone: 'Etc/UTC',
    patterns: [{ name: 'hour', intervals: [{ from: '08:00', to: '09:00' }] }],
    week: { [DAYS[day.getUTCDay()]]: 'hour' },
  };
}

/** Every end of such an hour until the release is due. */
function hoursUntilDue() {
  const first = new Date(Date.now() + 3 * 86_400_000);
  const ends = [];
  for (let end = Date.UTC(first.getUTCFullYear(), first.getUTCMonth(), first.getUTCDate(), 9); end <= DUE; end += 7 * 86_400_000) ends.push(end);
  return ends;
}

const fact = (page, name) => page.locator('.page-state dl > div').filter({ has: page.locator('dt', { hasText: name }) }).locator('dd');

journey('a hold without a network says its reason in words and its times by the calendar', async ({ device, proxy }) => {
  const { page } = await device({ as: demo.admin });
  const calendar = await ask(page, 'POST', '/api/v1/admin/calendars', hourAWeek());
  const kind = await ask(page, 'GET', '/api/v1/admin/types/standard');
  await ask(page, 'PATCH', '/api/v1/admin/types/standard', { version: kind.version, calendar: calendar.id });
  const author = (await device({ as: demo.colleague })).page;
  const at = await draftFor(author, { title: 'Optics that have not come', requester: demo.requester });
  await command(author, at, { command: 'submit' });
  const requester = (await device({ as: demo.requester })).page;
  await command(requester, at, { command: 'authorise' });

  // No package ever comes.
  const noPackage = () => proxy.fault('refuse', { only: ['/sync/v1/package'] });
  const tablet = await device({ as: demo.technician, screen: 'tablet' });
  noPackage();
  await installed(tablet.page);
  await show(tablet.page, at);
  await tablet.page.getByRole('button', { name: 'More actions' }).waitFor();
  await synced(tablet.page);
  proxy.fault('refuse', { only: DATA });
  // Nothing that a page asked for is left: what is known came by sync.
  await tablet.page.reload();
  await more(tablet.page, 'Put on hold');
  await tablet.page.getByLabel('Reason').selectOption({ label: 'Waiting for parts' });
  await tablet.page.getByRole('dialog').getByRole('button', { name: 'Put it on hold' }).click();
  const held = fact(tablet.page, 'On hold');
  await held.getByText('Waiting for parts.').waitFor();
  const predicted = /(\d[^.]*) of its time were left/.exec(await held.innerText())?.[1];
  await shot(tablet.page, 'hold-offline-tablet');

  const sent = async () => {
    noPackage();
    await tablet.page.goto('/device/queue');
    await tablet.page.getByRole('button', { name: 'Send now' }).click();
    await synced(tablet.page);
    await show(tablet.page, at);
  };
  await sent();
  const ends = hoursUntilDue();
  const onHold = await ask(page, 'GET', `/api/v1${at}`);
  assert.equal(onHold.release.course.hold.seconds_left, ends.length * 3_600);
  await show(author, at);
  await fact(author, 'On hold').getByText(`${predicted} of its time were left`).waitFor();

  // Resumed without a network: due after as much again.
  await tablet.page.locator('.page-primary').getByRole('button', { name: 'Resume' }).waitFor();
  proxy.fault('refuse', { only: DATA });
  await tablet.page.reload();
  await next(tablet.page, 'Resume');
  await tablet.page.getByRole('dialog').getByRole('button', { name: 'Resume it' }).click();
  await tablet.page.locator('.part-stage[data-stage="execution"][data-disposition="active"]').waitFor();
  const due = await fact(tablet.page, 'Due').locator('time').getAttribute('datetime');
  assert.equal(Date.parse(due), ends.at(-1));
  await sent();
  const { figures } = await ask(page, 'GET', `/api/v1${at}`);
  assert.equal(Date.parse(figures.due), ends.at(-1));
});
