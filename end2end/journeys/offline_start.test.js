// A device that is switched on where there is no server, with work in its store; and a newer build that arrives
// while work waits.
import assert from 'node:assert/strict';
import { rm } from 'node:fs/promises';
import { after, before } from 'node:test';
import { axe } from '../support/axe.js';
import { hall, installed, journal, says, signInAgain, synced } from '../support/device.js';
import { settled } from '../support/house.js';
import { demo } from '../support/people.js';
import { addStep, fillCell, registerDraft, stepRow } from '../support/plan.js';
import { shot } from '../support/shots.js';
import { anotherBuild } from '../support/site.js';

const { journey } = hall();
let newer;

before(async () => {
  newer = await anotherBuild('later');
});
after(() => rm(newer.folder, { recursive: true, force: true }));

journey('switched on without a server, a tablet opens its list and any release with the edits that wait', async ({ device, proxy }) => {
  const tablet = await device({ as: demo.author, screen: 'tablet', scheme: 'dark' });
  const other = await registerDraft(tablet.page, { title: 'Kept beside it' });
  const at = await registerDraft(tablet.page, { title: 'Renew the cables of row C' });
  await addStep(tablet.page, 'Label both ends');
  await synced(tablet.page);
  await installed(tablet.page);

  // Nobody answers anything any more, pages and files of the application least of all.
  proxy.fault('refuse');
  await fillCell(stepRow(tablet.page, 'Label both ends'), 'Minutes', '25');
  await addStep(tablet.page, 'Pull the cables');
  await says(tablet.page, /Offline since \d\d:\d\d · 2 to send/);
  await tablet.kill();
  proxy.seen();

  await tablet.start('/releases');
  await tablet.page.getByText('These are the releases on this device').waitFor();
  await tablet.page.getByRole('link', { name: 'Renew the cables of row C' }).waitFor();
  // Or three: whether the step before them had arrived was still to be heard.
  await says(tablet.page, /Offline since \d\d:\d\d · [23] to send/);
  await shot(tablet.page, 'offline-10-cold-start');
  await tablet.kill();

  await tablet.start(at);
  await stepRow(tablet.page, 'Label both ends').getByText('25 min').waitFor();
  await stepRow(tablet.page, 'Pull the cables').waitFor();
  await axe(tablet.page, 'a release after a cold start without a server');
  // The release that is as the server has it, and the queue.
  await tablet.page.goto(other);
  await tablet.page.getByRole('heading', { name: 'Kept beside it' }).waitFor();
  await tablet.page.goto('/device/queue');
  await settled(tablet.page);
  await tablet.page.getByRole('row', { name: /minutes/ }).getByText('Saved on this device').waitFor();
  await tablet.page.getByRole('row', { name: /Add a step Title: Pull the cables/ }).getByText('Saved on this device').waitFor();
  await shot(tablet.page, 'offline-10-queue');

  proxy.fault('none');
  tablet.allow(401);
  await signInAgain(tablet.page, demo.author);
  await synced(tablet.page);
  const entries = await journal(tablet.page, at.split('/').pop());
  assert.equal(entries.filter((it) => it.after === 25).length, 1, JSON.stringify(entries));
  assert.equal(entries.filter((it) => it.category === 'plan' && JSON.stringify(it).includes('Pull the cables')).length, 1, JSON.stringify(entries));
});

journey('an update that arrives while edits wait asks first, keeps them, and they are sent by the newer build', async ({ device, proxy, server }) => {
  const tablet = await device({ as: demo.author, screen: 'tablet' });
  const page = tablet.page;
  const at = await registerDraft(page, { title: 'Edited by two builds' });
  await addStep(page, 'First');
  await synced(page);
  await installed(page);
  const before = await page.evaluate(() => document.documentElement.dataset.build);

  const quiet = { only: ['/sync/'] };
  proxy.fault('refuse', quiet);
  await fillCell(stepRow(page, 'First'), 'Minutes', '45');
  await says(page, /1 to send/);
  await server.end();
  await server.begin({ site: newer.folder });
  // A look for a newer build, as the page does every six hours and when the network comes back.
  await page.evaluate(async () => (await navigator.serviceWorker.getRegistration()).update());
  const bar = page.getByRole('status').filter({ hasText: 'Update ready' });
  await bar.waitFor();
  await says(page, /1 to send/);
  assert.equal(await page.evaluate(() => document.documentElement.dataset.build), before, 'nothing changes by itself');

  // In the field still when the person agrees.
  await stepRow(page, 'First').getByLabel('Back-out', { exact: true }).fill('Put the old one back.');
  await bar.getByRole('button', { name: 'Update now' }).click();
  await page.waitForFunction((before) => document.documentElement.dataset.build !== before, before);
  await settled(page);
  await says(page, /[23] to send/);
  await stepRow(page, 'First').getByText('45 min').waitFor();

  proxy.fault('none');
  await page.goto('/device/queue');
  await page.getByRole('button', { name: 'Send now' }).click();
  await synced(page);
  const entries = await journal(page, at.split('/').pop());
  assert.equal(entries.filter((it) => it.after === 45).length, 1, JSON.stringify(entries));
  assert.equal(entries.filter((it) => JSON.stringify(it).includes('Put the old one back.')).length, 1, JSON.stringify(entries));
  await server.end();
  await server.begin();
});
