// The server is put back from its backup: devices hand in again what the backup had not seen, and say so.
import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { axe } from '../support/axe.js';
import { DATA, hall, journal, says, signInAgain, synced } from '../support/device.js';
import { settled } from '../support/house.js';
import { demo } from '../support/people.js';
import { addStep, fillCell, registerDraft, stepRow } from '../support/plan.js';
import { slipway } from '../support/server.js';
import { shot } from '../support/shots.js';

const { journey } = hall();

async function run(...args) {
  const { status, stdout, stderr } = await slipway(args);
  assert.equal(status, 0, `slipway ${args[0]}: ${stdout}${stderr}`);
}

journey('after a restore a device hands back what the backup had not seen, and says so', async ({ device, proxy, server }) => {
  const folder = await mkdtemp(join(tmpdir(), 'slipway-backup-'));
  const tablet = await device({ as: demo.author, screen: 'tablet' });
  const page = tablet.page;
  const at = await registerDraft(page, { title: 'Older than the backup' });
  await addStep(page, 'In the backup');
  await synced(page);
  await server.end();
  await run('backup', join(folder, 'night.backup'), '--data', server.data);
  await server.begin();

  // Acknowledged by a server that will forget it.
  await synced(page);
  await fillCell(stepRow(page, 'In the backup'), 'Minutes', '35');
  await addStep(page, 'After the backup');
  await synced(page);
  // And one that no server has seen.
  proxy.fault('refuse', { only: DATA });
  await fillCell(stepRow(page, 'After the backup'), 'Minutes', '55');
  await says(page, /1 to send/);
  await server.end();
  await run('restore', join(folder, 'night.backup'), '--data', server.data, '--force');
  await server.begin();

  tablet.allow(401); // a backup has no sessions
  proxy.fault('none');
  await signInAgain(page, demo.author);
  const told = page.locator('.frame-banners').getByText(/restored from a backup/);
  await told.waitFor();
  // Or one: what became of the last may not have been heard yet, and then it waited all the time.
  await told.getByText(/(2 changes of yours that it did not have were|1 change of yours that it did not have was) sent again/).waitFor();
  await synced(page);
  await axe(page, 'a restored server');
  await shot(page, 'offline-11-restored');

  await stepRow(page, 'In the backup').getByText('35 min').waitFor();
  await stepRow(page, 'After the backup').getByText('55 min').waitFor();
  const entries = await journal(page, at.split('/').pop());
  const about = (test) => entries.filter(test).length;
  assert.equal(about((it) => it.after === 35), 1, JSON.stringify(entries));
  assert.equal(about((it) => it.after === 55), 1, JSON.stringify(entries));
  assert.equal(about((it) => it.category === 'plan' && /add/.test(it.text) && JSON.stringify(it).includes('After the backup')), 1, JSON.stringify(entries));

  // Said until it was seen, also after the page was left.
  await page.reload();
  await settled(page);
  await told.waitFor();
  await page.locator('.frame-banners').getByRole('button', { name: 'Seen' }).click();
  await told.waitFor({ state: 'hidden' });
  await rm(folder, { recursive: true, force: true });
});
