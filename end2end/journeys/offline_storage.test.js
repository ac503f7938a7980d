// Storage that vanishes: under a page that is open, and between two visits.
import { axe } from '../support/axe.js';
import { DATA, hall, says, synced } from '../support/device.js';
import { settled } from '../support/house.js';
import { demo } from '../support/people.js';
import { addStep, fillCell, registerDraft, stepRow } from '../support/plan.js';
import { shot } from '../support/shots.js';

const { journey } = hall();

/** Deletes the databases of the site, as "clear site data" or a damaged disk does; the small marks stay. */
async function deleteStore(context, page, origin) {
  const session = await context.newCDPSession(page);
  await session.send('Storage.clearDataForOrigin', { origin, storageTypes: 'indexeddb' });
  await session.detach();
}

journey('a store deleted under an open page is filled again from what the page knows', async ({ device, proxy }) => {
  const desk = await device({ as: demo.author });
  await registerDraft(desk.page, { title: 'Deleted under the page' });
  await addStep(desk.page, 'First');
  await synced(desk.page);
  proxy.fault('refuse', { only: DATA });
  await fillCell(stepRow(desk.page, 'First'), 'Minutes', '85');
  await says(desk.page, /1 to send/);
  await deleteStore(desk.context, desk.page, proxy.url);
  await fillCell(stepRow(desk.page, 'First'), 'Minutes', '86');
  await says(desk.page, /2 to send/);
  proxy.fault('none');
  await synced(desk.page);
  await stepRow(desk.page, 'First').getByText('1 h 26 min').waitFor();
});

journey('a store that vanished between two visits: the loss is named', async ({ device, proxy }) => {
  const desk = await device({ as: demo.author });
  const at = await registerDraft(desk.page, { title: 'Lost between visits' });
  await addStep(desk.page, 'First');
  await synced(desk.page);
  proxy.fault('refuse', { only: DATA });
  await fillCell(stepRow(desk.page, 'First'), 'Minutes', '95');
  await says(desk.page, /1 to send/);
  // On a page without the application, nobody is there to put it back.
  await desk.page.goto('/icon.svg');
  await deleteStore(desk.context, desk.page, proxy.url);
  proxy.fault('none');
  await desk.page.goto(at);
  await settled(desk.page);
  const banner = desk.page.getByText(/1 change last kept on .* is not on this device any more/);
  await banner.waitFor();
  await axe(desk.page, 'the loss');
  await shot(desk.page, 'offline-8-loss');
  await desk.page.getByRole('button', { name: 'Seen' }).click();
  await banner.waitFor({ state: 'hidden' });
  await desk.page.reload();
  await settled(desk.page);
  await synced(desk.page);
});

for (const [screen, scheme] of [['desktop', 'light'], ['tablet', 'dark'], ['phone', 'light']]) {
  journey(`the device page, ${screen}, ${scheme}`, async ({ device }) => {
    const it = await device({ as: demo.author, screen, scheme });
    const title = `Kept on ${screen}, ${scheme}`;
    await registerDraft(it.page, { title });
    await synced(it.page);
    await it.page.goto('/device');
    await settled(it.page);
    const pin = it.page.getByRole('button', { name: `Keep on this device : ${title}` });
    await pin.click();
    await it.page.getByRole('button', { name: `Keep on this device : ${title}`, pressed: true }).waitFor();
    await it.page.getByText(/that the browser allows/).waitFor();
    await axe(it.page, `the device page, ${screen}, ${scheme}`);
    await shot(it.page, `device-${screen}-${scheme}`);
    await it.page.goto('/device/queue');
    await settled(it.page);
    await it.page.getByText('Everything is with the server').waitFor();
    await axe(it.page, `the queue, ${screen}, ${scheme}`);
  });
}
