// What stops working is told without a network, by the CIs that came along.
import assert from 'node:assert/strict';
import { axe } from '../support/axe.js';
import { DATA, hall, synced } from '../support/device.js';
import { settled } from '../support/house.js';
import { demo } from '../support/people.js';
import { addStep, addTarget, registerDraft, stepRow } from '../support/plan.js';
import { shot } from '../support/shots.js';

const { journey } = hall();

/** The numbers of the impact tab, as `down/degraded`. */
async function numbers(page) {
  const part = page.getByRole('region', { name: 'What goes with it' });
  const number = (state) => part.locator(`.numbers [data-state="${state}"] b`).first().innerText();
  return `${await number('down')}/${await number('degraded')}`;
}

journey('the impact of a release kept on the device is the same without a server', async ({ device, proxy }) => {
  const desk = await device({ as: demo.author });
  const title = 'Replace a leaf switch';
  const at = await registerDraft(desk.page, { title });
  await addTarget(await addStep(desk.page, 'Swap the switch'), { search: 'ham1-1-a01-sw-a', name: 'ham1-1-a01-sw-a', action: 'Replace' });
  await synced(desk.page);

  const id = await desk.page.evaluate(async (number) => (await (await fetch(`/api/v1/releases/${number}`)).json()).release.id, at.split('/').pop());

  const tablet = await device({ as: demo.colleague, screen: 'tablet' });
  const isIt = (answer) => answer.url().endsWith('/sync/v1/package') && answer.request().postDataJSON().releases.includes(id);
  // A package is asked for again half a minute after the last, at the earliest.
  const packed = tablet.page.waitForResponse(isIt, { timeout: 90_000 });
  await tablet.page.goto(at);
  await stepRow(tablet.page, 'Swap the switch').waitFor();
  assert.equal((await packed).status(), 200);
  await tablet.page.getByRole('button', { name: `Keep on this device : ${title}` }).click();
  await tablet.page.getByRole('button', { name: `Keep on this device : ${title}`, pressed: true }).waitFor();
  await tablet.page.goto('/device');
  await tablet.page.getByText(/[1-9][\d,]* CIs, [1-9][\d,]* relations, as the server had them on/).waitFor();
  await tablet.page.goto(`${at}?tab=impact`);
  await settled(tablet.page);
  const online = await numbers(tablet.page);
  assert.notEqual(online, '0/0');

  const part = tablet.page.getByRole('region', { name: 'What goes with it' });
  const here = part.getByText(/Computed on this device, with the CIs as of .*(just now|ago)\.\s*$/);
  proxy.fault('refuse', { only: DATA });
  await tablet.page.reload();
  // Without "At least this many": nothing is missing.
  await here.waitFor();
  assert.equal(await numbers(tablet.page), online);
  await axe(tablet.page, 'the impact without a server');
  await shot(tablet.page, 'offline-9-impact');

  proxy.fault('none');
  await tablet.page.reload();
  await here.waitFor({ state: 'hidden' });
  assert.equal(await numbers(tablet.page), online);
});

journey('a site kept on the device brings what stands in it and the releases about it', async ({ device, proxy }) => {
  const desk = await device({ as: demo.author });
  const title = 'Replace a leaf switch of the site';
  await registerDraft(desk.page, { title });
  await addTarget(await addStep(desk.page, 'Swap it'), { search: 'ham1-1-a01-sw-a', name: 'ham1-1-a01-sw-a', action: 'Replace' });
  await synced(desk.page);

  const tablet = await device({ as: demo.colleague, screen: 'tablet' });
  const { site } = await tablet.page.evaluate(async () => {
    const found = await (await fetch('/api/v1/cis?q=ham1-1-a01-sw-a')).json();
    return found.items[0];
  });
  await tablet.page.goto(`/cmdb/ci/${site}`);
  await tablet.page.getByRole('button', { name: /^Keep on this device/ }).click();
  await tablet.page.getByRole('button', { name: /^Keep on this device/, pressed: true }).waitFor();
  await tablet.page.goto('/device');
  const sites = tablet.page.getByRole('region', { name: 'Sites on this device' });
  await sites.getByText(/[1-9][\d,]* CIs/).waitFor({ timeout: 90_000 });
  await tablet.page.getByRole('link', { name: title }).waitFor({ timeout: 90_000 });
  await axe(tablet.page, 'the device page with a site');

  proxy.fault('refuse', { only: DATA });
  await tablet.page.reload();
  await sites.getByText(/[1-9][\d,]* CIs/).waitFor();
  await tablet.page.getByRole('link', { name: title }).click();
  await stepRow(tablet.page, 'Swap it').waitFor();

  await tablet.page.goto('/device');
  await sites.getByRole('button', { name: /^Keep on this device/, pressed: true }).click();
  await sites.getByText('None yet.').waitFor();
  proxy.fault('none');
});
