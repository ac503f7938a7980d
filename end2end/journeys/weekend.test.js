// On hold over a weekend: the tablet and the server stop on Friday and go on on Monday. The weekend is no working time.
import assert from 'node:assert/strict';
import { axe } from '../support/axe.js';
import { clockFrom } from '../support/clock.js';
import { hall, installed, says, signInAgain, synced } from '../support/device.js';
import { settled } from '../support/house.js';
import { demo } from '../support/people.js';
import { slipway } from '../support/server.js';
import { inStage, more, next } from '../support/workflow.js';

const FRIDAY = '2027-03-05T14:30:00Z'; // half past three in Berlin
const MONDAY = '2027-03-08T08:00:00Z'; // an hour after the office has opened

const { journey } = hall();

/** The API at `url`, as somebody with a token made on the command line while the server was stopped. */
async function caller(url, data, { login }) {
  const { status, stdout, stderr } = await slipway(['token', 'create', '--user', login, '--json', '--data', data]);
  assert.equal(status, 0, stderr);
  const { token } = JSON.parse(stdout);
  return async (method, path, body) => {
    const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' };
    const answer = await fetch(`${url}${path}`, { method, headers, body: body && JSON.stringify(body) });
    const text = await answer.text();
    assert.ok(answer.ok, `${method} ${path}: ${answer.status} ${text}`);
    return JSON.parse(text);
  };
}

/** Releases of the standard type are worked on in office hours from now on. */
async function officeHours(admin) {
  const calendar = await admin('POST', '/api/v1/admin/calendars', {
    name: 'Office',
    zone: 'Europe/Berlin',
    patterns: [{ name: 'day', intervals: [{ from: '08:00', to: '17:00' }] }],
    week: { monday: 'day', tuesday: 'day', wednesday: 'day', thursday: 'day', friday: 'day' },
  });
  const { version } = await admin('GET', '/api/v1/admin/types/standard');
  await admin('PATCH', '/api/v1/admin/types/standard', { version, calendar: calendar.id });
}

/** A release that is at work on Friday, and due on Monday evening after hours. Answers its address. */
async function atWork(author, requester) {
  const directory = await author('GET', '/api/v1/directory');
  const fields = {
    title: 'Exchange the fans of row C',
    release_type: 'standard',
    requester: directory.people.find((it) => it.login === demo.requester.login).id,
    assignment_group: directory.groups.find((it) => it.name === 'Data Centre Operations').id,
    planned_start: '2027-03-08T18:00:00Z',
    planned_end: '2027-03-08T22:00:00Z',
  };
  const { view } = await author('POST', '/api/v1/releases', { fields, steps: [{ title: 'Exchange them', minutes: 30 }] });
  const at = `/releases/${view.number}`;
  await author('POST', `/api/v1${at}/commands`, { command: 'submit' });
  await requester('POST', `/api/v1${at}/commands`, { command: 'authorise' });
  return at;
}

journey('on hold from Friday to Monday: what was left of the working time is left', async ({ device, proxy, server }) => {
  await server.end();
  const admin = await caller(proxy.url, server.data, demo.admin);
  const author = await caller(proxy.url, server.data, demo.colleague);
  const requester = await caller(proxy.url, server.data, demo.requester);
  await server.begin({ env: clockFrom(FRIDAY) });
  await officeHours(admin);
  const at = await atWork(author, requester);

  const tablet = await device({ as: demo.technician, screen: 'tablet', clock: FRIDAY });
  let page = tablet.page;
  await page.goto(at);
  await settled(page);
  const workflow = (page) => page.getByRole('region', { name: 'Workflow' });
  const due = (page, words) => workflow(page).locator('dl > div').filter({ hasText: /^Due/ }).filter({ hasText: words }).waitFor();
  await due(page, /8 Mar 2027, 23:00/);
  await more(page, 'Put on hold');
  const hold = page.getByRole('dialog', { name: 'Put it on hold' });
  await hold.getByLabel('Reason').selectOption({ label: 'Waiting for parts' });
  await hold.getByLabel('Note').fill('The fans come on Monday.');
  await hold.getByRole('button', { name: 'Put it on hold' }).click();
  await page.locator('.part-stage[data-disposition="on_hold"]').waitFor();
  await synced(page);

  // The weekend: nobody is there, and nothing runs.
  await installed(page);
  await tablet.context.close();
  await server.end();
  await server.begin({ env: clockFrom(MONDAY) });
  tablet.clock = MONDAY;
  await tablet.start(at);
  page = tablet.page;
  tablet.allow(401); // the session ended on Saturday
  await signInAgain(page, demo.technician);
  await settled(page);
  await page.locator('.part-stage[data-stage="execution"][data-disposition="on_hold"]').waitFor();
  await workflow(page).getByText('The fans come on Monday.').first().waitFor();
  await next(page, 'Resume');
  const resume = page.getByRole('dialog', { name: 'Resume it in execution' });
  // An hour and a half of Friday, and the nine hours of Monday; less the moments this journey took.
  await resume.getByText(/10 h (29|30) min of working time/).waitFor();
  await resume.getByText(/On hold since/).waitFor();
  await axe(page, 'to resume after a weekend');
  await resume.getByRole('button', { name: 'Resume it' }).click();
  await inStage(page, 'execution');
  await page.locator('.part-stage[data-disposition="active"]').waitFor();
  await synced(page);
  // Eight hours of Monday, two and a half of Tuesday.
  await due(page, /9 Mar 2027, 10:(29|30|31)/);
  const { figures } = await requester('GET', `/api/v1${at}`);
  assert.ok(Math.abs(new Date(figures.due) - new Date('2027-03-09T09:30:00Z')) < 120_000, figures.due);
});
