// Storage that vanishes, is full, or belongs to another version: said in words, and nothing is lost that need not be.
import assert from 'node:assert/strict';
import { axe } from '../support/axe.js';
import { DATA, hall, says, standing, synced } from '../support/device.js';
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

/** From now on the site may store this many bytes on the device; without a number, what the browser gives. */
async function room(context, page, origin, quotaSize) {
  const session = await context.newCDPSession(page);
  await session.send('Storage.overrideQuotaForOrigin', { origin, quotaSize });
  // An override ends with the session that made it.
  return session;
}

journey('a full device says so, leaves what was typed on the page, and keeps it once there is room', async ({ device, proxy }) => {
  const tablet = await device({ as: demo.author, screen: 'tablet' });
  const page = tablet.page;
  const at = await registerDraft(page, { title: 'No room left' });
  await addStep(page, 'First');
  await synced(page);
  proxy.fault('refuse', { only: DATA });
  const full = await room(tablet.context, page, proxy.url, 1);
  const back = 'Plug the old cable in again. '.repeat(400);
  // The browser looks at its limit now and then only: until it has, some edits are kept.
  const deadline = Date.now() + 90_000;
  for (let number = 1; !/This device is full/.test(await standing(page).innerText()); number++) {
    assert.ok(Date.now() < deadline, 'the limit was noticed');
    await fillCell(stepRow(page, 'First'), 'Back-out', `${number} ${back}`);
    await standing(page).getByText('This device is full').waitFor({ timeout: 2_000 }).catch(() => {});
  }
  await fillCell(stepRow(page, 'First'), 'Back-out', back);
  await says(page, /This device is full · \d+ to send/);
  await page.getByRole('alert').filter({ hasText: 'This device is full' }).waitFor();
  assert.equal(await stepRow(page, 'First').getByLabel('Back-out', { exact: true }).inputValue(), back);
  await axe(page, 'a full device');
  await shot(page, 'offline-12-full');
  await standing(page).click();
  await page.getByText('Only in this tab').first().waitFor();

  await full.send('Storage.overrideQuotaForOrigin', { origin: proxy.url });
  await page.getByRole('alert').filter({ hasText: 'This device is full' }).getByRole('button', { name: 'Try again' }).click();
  // It is tried again by itself, should the browser look later than the person.
  await page.waitForFunction(() => !/full/.test(document.querySelector('.frame-standing').textContent), null, { timeout: 90_000 });
  await page.getByText('Only in this tab').waitFor({ state: 'detached' });
  await says(page, /Offline since .* · \d+ to send/);
  // It is on the device now: the page may go.
  await page.goto(at);
  await stepRow(page, 'First').getByRole('button', { expanded: false }).first().click();
  await stepRow(page, 'First').getByLabel('Back-out', { exact: true }).waitFor();
  assert.equal(await stepRow(page, 'First').getByLabel('Back-out', { exact: true }).inputValue(), back);
  proxy.fault('none');
  await synced(page);
});

/** Opens the store of the device in a page without the application, as another version would; answers how it went. */
function openStore(page, { version, holds }) {
  return page.evaluate(
    async ([version, holds]) => {
      const { name } = (await indexedDB.databases()).find((it) => /^slipway_[0-9A-Z]{26}$/.test(it.name));
      return new Promise((resolve, reject) => {
        const asked = indexedDB.open(name, version);
        asked.onerror = () => reject(asked.error);
        asked.onsuccess = () => {
          globalThis.held = asked.result;
          if (!holds) asked.result.close();
          resolve('open');
        };
      });
    },
    [version, holds],
  );
}

journey('a window of an older version that holds the store is named, and the newer one goes on when it is closed', async ({ device, proxy }) => {
  const desk = await device({ as: demo.author });
  const at = await registerDraft(desk.page, { title: 'Two versions at once' });
  await addStep(desk.page, 'First');
  await synced(desk.page);
  proxy.fault('refuse', { only: DATA });
  await fillCell(stepRow(desk.page, 'First'), 'Minutes', '25');
  await says(desk.page, /1 to send/);

  // A window that does not let go: frozen, or in the middle of something.
  const old = await desk.context.newPage();
  await old.goto(`${proxy.url}/icon.svg`);
  await openStore(old, { holds: true });
  await desk.page.addInitScript(() => {
    const open = IDBFactory.prototype.open;
    IDBFactory.prototype.open = function (name, version) {
      return open.call(this, name, version && /^slipway_[0-9A-Z]{26}$/.test(name) ? version + 1 : version);
    };
  });
  await desk.page.reload();
  const told = desk.page.getByRole('alert').filter({ hasText: 'Another window of Slipway on this device is of an older version' });
  await told.waitFor();
  await says(desk.page, /not kept on this device/);
  await axe(desk.page, 'held up by an older window');
  await shot(desk.page, 'offline-13-held-up');
  await old.close();
  await told.waitFor({ state: 'hidden' });
  await stepRow(desk.page, 'First').getByText('25 min').waitFor();
  // Or two: whether the step before it has arrived was still to be heard.
  await says(desk.page, /[12] to send/);
  assert.equal(new URL(desk.page.url()).pathname, at);
  proxy.fault('none');
  await synced(desk.page);
});

journey('a window whose store a newer version takes over lets go of it and says what to do', async ({ device, proxy }) => {
  const desk = await device({ as: demo.author });
  await registerDraft(desk.page, { title: 'Overtaken' });
  await addStep(desk.page, 'First');
  await synced(desk.page);
  proxy.fault('refuse', { only: DATA });
  await fillCell(stepRow(desk.page, 'First'), 'Minutes', '25');
  await says(desk.page, /1 to send/);
  const newer = await desk.context.newPage();
  await newer.goto(`${proxy.url}/icon.svg`);
  assert.equal(await openStore(newer, { version: 2 }), 'open');
  const told = desk.page.getByRole('alert').filter({ hasText: 'A newer version of Slipway is in use on this device' });
  await told.waitFor();
  await says(desk.page, /not kept on this device/);
  await axe(desk.page, 'overtaken by a newer version');
  // Loaded again it is the older version still, as after a server that was put back to it: the store is left alone.
  await told.getByRole('button', { name: 'Reload' }).click();
  await told.waitFor();
  const waits = await newer.evaluate(async () => {
    const { name } = (await indexedDB.databases()).find((it) => /^slipway_[0-9A-Z]{26}$/.test(it.name));
    const store = await new Promise((resolve) => (indexedDB.open(name).onsuccess = (it) => resolve(it.target.result)));
    return new Promise((resolve) => (store.transaction('outbox').objectStore('outbox').count().onsuccess = (it) => resolve(it.target.result)));
  });
  assert.ok(waits >= 1, 'what waited is there');
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
