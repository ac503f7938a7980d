// A page has just come, and the network goes before the device holds the release: what is done is shown, and kept.
import { DATA, hall, installed, says, synced } from '../support/device.js';
import { settled } from '../support/house.js';
import { demo } from '../support/people.js';
import { press, stepIs, submittedRelease } from '../support/run.js';
import { shot } from '../support/shots.js';
import { command } from '../support/workflow.js';

const { journey } = hall();
const STEP = 'Swap the switch';

journey('what is recorded as the network goes, right after the page came, is shown and kept', async ({ device, proxy }) => {
  const author = await device({ as: demo.author });
  const tablet = await device({ as: demo.technician, screen: 'tablet' });
  const { page } = tablet;
  await installed(page);
  // Sync brings nothing: the device knows the release from the page's own question only.
  proxy.fault('refuse', { only: ['/sync/v1/pull'] });
  const at = await submittedRelease(author.page, 'Gone at once', [{ title: STEP }]);
  await command(author.page, at, { command: 'authorise' });
  await page.goto(`${at}/run`);
  await stepIs(page, STEP, 'ready');

  proxy.fault('refuse', { only: DATA });
  await press(page, 'Record without starting');
  await page.getByLabel('Note').fill('It did not come up.');
  await press(page, 'Failed');
  await stepIs(page, STEP, 'failed');
  await page.getByText('On this device, not sent yet').waitFor();
  await says(page, /1 to send/);
  // It is on the device, with what it is about.
  await page.reload();
  await stepIs(page, STEP, 'failed');
  await page.getByText('It did not come up.').waitFor();
  await shot(page, 'run-sheet-not-held');

  await page.goto('/device/queue');
  await settled(page);
  proxy.fault('none');
  await page.getByRole('button', { name: 'Send now' }).click();
  await synced(page);
  await page.goto(`${at}/run`);
  await stepIs(page, STEP, 'failed');
  await author.page.goto(`${at}/run`);
  await author.page.getByText('It did not come up.').waitFor();
});
