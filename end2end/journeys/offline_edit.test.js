// What is done without a network is kept on the device, whatever happens to it, and arrives once.
import assert from 'node:assert/strict';
import { axe } from '../support/axe.js';
import { DATA, hall, journal, says, signInAgain, standing, synced } from '../support/device.js';
import { settled } from '../support/house.js';
import { demo } from '../support/people.js';
import { addStep, fillCell, registerDraft, stepRow } from '../support/plan.js';
import { shot } from '../support/shots.js';

const { journey } = hall();

journey('an edit made offline outlives the browser and arrives once', async ({ device, proxy }) => {
  const tablet = await device({ as: demo.author, screen: 'tablet' });
  const at = await registerDraft(tablet.page, { title: 'Replace the PDU of rack B02' });
  const number = at.split('/').pop();
  await addStep(tablet.page, 'Move the A feeds');
  await synced(tablet.page);
  await shot(tablet.page, 'offline-1-online');

  proxy.fault('refuse', { only: DATA });
  const step = stepRow(tablet.page, 'Move the A feeds');
  await fillCell(step, 'Minutes', '25');
  await says(tablet.page, /Offline since \d\d:\d\d · 1 to send/);
  await addStep(tablet.page, 'Move the B feeds');
  await says(tablet.page, /2 to send/);
  await shot(tablet.page, 'offline-2-edited');
  // Typed, and not left yet, when the battery dies.
  const second = stepRow(tablet.page, 'Move the B feeds');
  await second.getByLabel('Back-out', { exact: true }).pressSequentially('Plug the old PDU in again.', { delay: 80 });
  await tablet.kill();

  await tablet.start(at);
  await stepRow(tablet.page, 'Move the B feeds').waitFor();
  await stepRow(tablet.page, 'Move the A feeds').getByText('25 min').waitFor();
  await says(tablet.page, /to send/);
  await stepRow(tablet.page, 'Move the B feeds').getByRole('button', { expanded: false }).first().click();
  const backOut = stepRow(tablet.page, 'Move the B feeds').getByLabel('Back-out', { exact: true });
  await tablet.page.waitForFunction((it) => it.value.startsWith('Plug the old PDU'), await backOut.elementHandle());
  const typed = await backOut.inputValue();
  await backOut.focus();
  await backOut.blur();

  await tablet.page.goto('/device/queue');
  await settled(tablet.page);
  await tablet.page.getByText('Saved on this device').first().waitFor();
  await axe(tablet.page, 'the queue');
  await shot(tablet.page, 'offline-3-queue');

  proxy.fault('none');
  await tablet.page.getByRole('button', { name: 'Send now' }).click();
  // The cookie of the session may have died with the browser.
  tablet.allow(401);
  await signInAgain(tablet.page, demo.author);
  await synced(tablet.page);
  await tablet.page.getByText('Everything is with the server').waitFor();
  await shot(tablet.page, 'offline-4-synced');
  const entries = await journal(tablet.page, number);
  const about = (text) => entries.filter((it) => JSON.stringify(it).includes(text));
  assert.equal(about('Move the B feeds').filter((it) => it.category === 'plan' && /add/.test(it.text)).length, 1, 'the step was added once');
  assert.equal(about(typed).length, 1, `what was typed arrived once: ${typed}`);
});

journey('a release is drafted without a server and gets its number later', async ({ device, proxy }) => {
  const desk = await device({ as: demo.author });
  await desk.page.goto('/releases/new');
  await settled(desk.page);
  await desk.page.getByLabel('Release type').locator('option:nth-child(2)').waitFor({ state: 'attached' });
  proxy.fault('refuse', { only: DATA });
  await desk.page.getByLabel('Title').fill('Drafted in the hall');
  await desk.page.getByRole('button', { name: 'Create draft' }).click();
  await desk.page.waitForURL(/\/releases\/[0-9A-Z]{26}/);
  const at = new URL(desk.page.url()).pathname;
  await addStep(desk.page, 'Look at the labels');
  await says(desk.page, /2 to send/);

  // The list, and a deep link, without the server.
  await desk.page.goto('/releases');
  await desk.page.getByText('These are the releases on this device').waitFor();
  await desk.page.getByRole('link', { name: 'Drafted in the hall' }).waitFor();
  await axe(desk.page, 'the list on this device');
  await desk.page.goto(at);
  await stepRow(desk.page, 'Look at the labels').waitFor();

  // Pages that need the server say so.
  await desk.page.goto('/cmdb');
  await desk.page.getByText('The server cannot be reached').first().waitFor();
  await axe(desk.page, 'the CMDB without a server');

  await desk.page.goto(at);
  proxy.fault('none');
  await synced(desk.page);
  await desk.page.getByText(/REL-\d{6}/).first().waitFor();
});

journey('a guest portal that answers everything is nobody', async ({ device, proxy }) => {
  const desk = await device({ as: demo.author });
  await registerDraft(desk.page, { title: 'Behind a portal' });
  await addStep(desk.page, 'First');
  await synced(desk.page);
  proxy.fault('portal', { only: DATA });
  await fillCell(stepRow(desk.page, 'First'), 'Minutes', '5');
  await says(desk.page, /Offline since .* · 1 to send/);
  proxy.fault('none');
  await synced(desk.page);
});

journey('a network that swallows everything is noticed', async ({ device, proxy }) => {
  const desk = await device({ as: demo.author });
  await registerDraft(desk.page, { title: 'Swallowed' });
  await addStep(desk.page, 'First');
  await synced(desk.page);
  proxy.fault('blackhole', { only: DATA });
  await fillCell(stepRow(desk.page, 'First'), 'Minutes', '5');
  // A request has half a minute to be answered.
  await standing(desk.page).getByText(/Offline since .* · 1 to send/).waitFor({ timeout: 90_000 });
  proxy.fault('none');
  await synced(desk.page);
});

journey('a server that dies while it answers has done it once', async ({ device, proxy, server }) => {
  const desk = await device({ as: demo.author });
  const at = await registerDraft(desk.page, { title: 'Cut in the middle' });
  await addStep(desk.page, 'First');
  await synced(desk.page);
  // The server stores it; its answer is lost, a pull does not bring the outcome either, and then it is killed.
  const others = ['/sync/v1/pull', '/sync/v1/events'];
  proxy.fault('cut', { after: 10, only: ['/sync/v1/push'], refuse: others, then: 'refuse', thenOnly: DATA });
  await fillCell(stepRow(desk.page, 'First'), 'Minutes', '35');
  await says(desk.page, /Offline since .* · 1 to send/);
  await server.kill();
  await server.begin();
  proxy.fault('none');
  await synced(desk.page);
  const entries = await journal(desk.page, at.split('/').pop());
  assert.equal(entries.filter((it) => it.after === 35).length, 1, JSON.stringify(entries));
});

journey('of two tabs one sends, and the other takes over when it is closed', async ({ device, proxy }) => {
  const desk = await device({ as: demo.author });
  const at = await registerDraft(desk.page, { title: 'Two tabs' });
  await addStep(desk.page, 'First');
  await synced(desk.page);
  const other = await desk.tab(at);
  await stepRow(other, 'First').waitFor();

  proxy.fault('refuse', { only: DATA });
  await fillCell(stepRow(desk.page, 'First'), 'Minutes', '45');
  await says(desk.page, /1 to send/);
  await stepRow(other, 'First').getByText('45 min').waitFor();
  await says(other, /1 to send/);
  await desk.page.close({ runBeforeUnload: false });
  desk.page = other;
  await addStep(other, 'Second');
  await says(other, /2 to send/);
  proxy.fault('none');
  await synced(other);
  assert.match(await standing(other).innerText(), /Online/);
});
