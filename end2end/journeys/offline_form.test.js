// The form for a new release: what is typed there is work, too.
import assert from 'node:assert/strict';
import { rm } from 'node:fs/promises';
import { after, before } from 'node:test';
import { axe } from '../support/axe.js';
import { hall, installed } from '../support/device.js';
import { settled, signIn } from '../support/house.js';
import { demo } from '../support/people.js';
import { anotherBuild } from '../support/site.js';

const { journey } = hall();
const TITLE = 'Typed, and not drafted yet';
let newer;

before(async () => {
  newer = await anotherBuild('form');
});
after(() => rm(newer.folder, { recursive: true, force: true }));

/** Opens the form and types into it. */
async function begin(page) {
  await page.goto('/releases/new');
  await settled(page);
  await page.getByLabel('Title').fill(TITLE);
  await page.getByLabel('Description').fill('Why: the old one hums.');
}

/** What was typed is in the form. */
async function isBack(page) {
  await page.getByText('What you had typed here is back').waitFor();
  assert.equal(await page.getByLabel('Title').inputValue(), TITLE);
  assert.equal(await page.getByLabel('Description').inputValue(), 'Why: the old one hums.');
}

journey('what is typed into the form for a new release outlives page, browser and update', async ({ device, server }) => {
  const tablet = await device({ as: demo.author, screen: 'tablet' });
  await installed(tablet.page);
  await begin(tablet.page);
  await tablet.page.reload();
  await isBack(tablet.page);
  await axe(tablet.page, 'a form whose text is back');

  // Elsewhere in the application, and on the queue page.
  await tablet.page.getByRole('navigation', { name: 'Main' }).getByRole('link', { name: 'CMDB' }).click();
  await tablet.page.getByRole('heading', { name: 'Configuration items' }).first().waitFor();
  await tablet.page.goto('/device/queue');
  const typed = tablet.page.getByRole('region', { name: 'Typed, not queued yet' });
  await typed.getByText(TITLE).waitFor();
  await typed.getByRole('link', { name: 'New release' }).click();
  await isBack(tablet.page);

  await tablet.kill();
  await tablet.start('/releases/new');
  tablet.allow(401);
  if (new URL(tablet.page.url()).pathname === '/sign-in') await signIn(tablet.page, demo.author);
  await tablet.page.goto('/releases/new');
  await isBack(tablet.page);

  const build = await tablet.page.evaluate(() => document.documentElement.dataset.build);
  await server.end();
  await server.begin({ site: newer.folder });
  await tablet.page.evaluate(async () => (await navigator.serviceWorker.getRegistration()).update());
  await tablet.page.getByRole('button', { name: 'Update now' }).click();
  await tablet.page.waitForFunction((before) => document.documentElement.dataset.build !== before, build);
  await settled(tablet.page);
  await isBack(tablet.page);

  // Given up on purpose, it is gone.
  await tablet.page.getByRole('button', { name: 'Cancel' }).click();
  await tablet.page.getByRole('heading', { name: 'Releases' }).waitFor();
  await tablet.page.goto('/releases/new');
  await settled(tablet.page);
  assert.equal(await tablet.page.getByLabel('Title').inputValue(), '');
  await server.end();
  await server.begin();
});

journey('signing out counts what is typed into the form, and keeps it sealed', async ({ device }) => {
  const desk = await device({ as: demo.author });
  const page = desk.page;
  desk.allow(401);
  await begin(page);
  await page.getByRole('button', { name: /^Account of/ }).click();
  await page.getByRole('button', { name: 'Sign out' }).click();
  const dialog = page.getByRole('dialog', { name: 'Before you sign out' });
  await dialog.getByText('1 text is still in a field, not done yet').waitFor();
  await dialog.getByRole('button', { name: 'Sign out, keep them sealed' }).click();
  await signIn(page, demo.colleague);
  await page.goto('/releases/new');
  await settled(page);
  assert.equal(await page.getByLabel('Title').inputValue(), '', 'nothing of the other person');
  await page.getByRole('button', { name: /^Account of/ }).click();
  await page.getByRole('button', { name: 'Sign out' }).click();
  await signIn(page, demo.author);
  await page.goto('/releases/new');
  await isBack(page);

  // A draft made of it takes it out of the form.
  await page.getByRole('button', { name: 'Create draft' }).click();
  await page.waitForURL(/\/releases\/REL-\d+/);
  await page.goto('/releases/new');
  await settled(page);
  assert.equal(await page.getByLabel('Title').inputValue(), '');
});
