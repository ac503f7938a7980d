// Page and server of different versions: nobody's work is lost, and everybody is told exactly what to do.
import assert from 'node:assert/strict';
import { axe } from '../support/axe.js';
import { hall, installed, says, synced } from '../support/device.js';
import { settled } from '../support/house.js';
import { demo } from '../support/people.js';
import { addStep, fillCell, registerDraft, stepRow } from '../support/plan.js';
import { shot } from '../support/shots.js';

const { journey } = hall();
const PUSH = '/sync/v1/push';

/** A draft that is with the server, with a step. */
async function draft(page, title) {
  const at = await registerDraft(page, { title });
  await addStep(page, 'First');
  await synced(page);
  return at;
}

journey('a server that was put back to an older version: what it does not understand waits for it', async ({ device, proxy }) => {
  const tablet = await device({ as: demo.author, screen: 'tablet' });
  const page = tablet.page;
  const at = await draft(page, 'Newer than the server');
  proxy.fault('answer', { only: [PUSH], body: { answer: 'too_new' } });
  await fillCell(stepRow(page, 'First'), 'Minutes', '25');
  await says(page, /Server too old · 1 to send/);
  const told = page.getByRole('alert').filter({ hasText: 'The server is older than this page' });
  await told.getByText(/1 change to send\. .*Nothing is lost: .* stays on this device .* Tell whoever runs the server/).waitFor();
  await axe(page, 'a server that is too old');
  await shot(page, 'offline-14-server-too-old');
  await told.getByRole('button', { name: 'Try again' }).click();
  await told.waitFor();

  // The queue outlives the page, and can be taken along.
  await page.goto('/device/queue');
  await settled(page);
  await page.getByRole('row', { name: /minutes/ }).getByText('Saved on this device').waitFor();
  await told.waitFor();
  const download = page.waitForEvent('download');
  await page.getByRole('button', { name: 'Export to a file' }).click();
  assert.match((await download).suggestedFilename(), /^slipway-.*\.json$/);

  proxy.fault('none');
  await told.getByRole('button', { name: 'Try again' }).click();
  await synced(page);
  await page.goto(at);
  await stepRow(page, 'First').getByText('25 min').waitFor();
});

journey('a page older than the server keeps what waits and says how it gets newer', async ({ device, proxy }) => {
  const desk = await device({ as: demo.author });
  const page = desk.page;
  await draft(page, 'Older than the server');
  await installed(page);
  proxy.fault('answer', { only: [PUSH], body: { answer: 'too_old', min_proto: 9 } });
  await fillCell(stepRow(page, 'First'), 'Minutes', '35');
  await says(page, /Update needed · 1 to send/);
  const told = page.getByRole('alert').filter({ hasText: 'This page is older than the server' });
  await told.getByRole('button', { name: 'Look for the update' }).click();
  await axe(page, 'a page that is too old');
  await page.reload();
  await settled(page);
  await says(page, /Update needed · [12] to send/);
  proxy.fault('none');
  await page.goto('/device/queue');
  await page.getByRole('button', { name: 'Send now' }).click();
  await synced(page);
});

journey('work kept by a newer version is neither read nor sent by an older one, and stays', async ({ device, proxy }) => {
  const desk = await device({ as: demo.author });
  const page = desk.page;
  const at = await draft(page, 'Written by a newer version');
  proxy.fault('refuse', { only: ['/sync/'] });
  await fillCell(stepRow(page, 'First'), 'Minutes', '45');
  await says(page, /1 to send/);
  await page.goto('/icon.svg');
  // The last op, as a schema that is not there yet would write it; and what it was.
  const mark = (schema) =>
    page.evaluate(async (schema) => {
      const { name } = (await indexedDB.databases()).find((it) => /^slipway_[0-9A-Z]{26}$/.test(it.name));
      const done = (asked) => new Promise((resolve, reject) => { asked.onsuccess = () => resolve(asked.result); asked.onerror = () => reject(asked.error); });
      const db = await done(indexedDB.open(name));
      const outbox = db.transaction('outbox', 'readwrite').objectStore('outbox');
      const key = (await done(outbox.getAllKeys())).at(-1);
      const row = JSON.parse(await done(outbox.get(key)));
      const op = row.op ?? row;
      const before = op.v;
      op.v = schema;
      await done(outbox.put(JSON.stringify(row), key));
      db.close();
      return before;
    }, schema);
  const before = await mark(999);
  await page.goto('/device/queue');
  await page.getByRole('alert').filter({ hasText: 'written by a newer version' }).waitFor();
  await axe(page, 'work of a newer version');
  await page.goto('/icon.svg');
  assert.equal(await mark(before), 999, 'it was not touched');
  proxy.fault('none');
  await page.goto(at);
  await stepRow(page, 'First').getByText('45 min').waitFor();
  await synced(page);
});
