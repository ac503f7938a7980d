// Without a network: a checklist is answered, a document and an entry are kept, and all of it arrives once.
import assert from 'node:assert/strict';
import { DATA, hall, journal, says, signInAgain, synced } from '../support/device.js';
import { settled } from '../support/house.js';
import { demo } from '../support/people.js';
import { registerDraft } from '../support/plan.js';
import { shot } from '../support/shots.js';

const { journey } = hall();

const tab = (page, name) => page.getByRole('navigation', { name: 'Parts of the release' }).getByRole('link', { name }).click();

journey('papers are kept in the hall and arrive when the network is back', async ({ device, proxy }) => {
  const tablet = await device({ as: demo.author, screen: 'tablet' });
  const { page } = tablet;
  const at = await registerDraft(page, { title: 'Papers from the hall' });
  const number = at.split('/').pop();
  await tab(page, 'Checklists');
  await page.getByLabel('Add a checklist').locator('option:nth-child(3)').waitFor({ state: 'attached' });
  await synced(page);

  proxy.fault('refuse', { only: DATA });
  await page.getByLabel('Add a checklist').selectOption({ label: 'Service test (8 questions)' });
  await page.getByRole('button', { name: 'Add', exact: true }).click();
  const list = page.locator('.part-checklist');
  const ask = (text) => list.locator('.question').filter({ hasText: text });
  await ask('a procedure that shows').getByRole('radio', { name: 'Yes' }).check();
  await ask('What was the result').getByRole('combobox').selectOption('passed');
  await list.getByText('2 of 8 answered').waitFor();
  await says(page, /to send/);
  await shot(page, 'checklist-offline-tablet');

  await tab(page, 'Documents');
  await page.locator('.part-drop input[type=file]').setInputFiles({ name: 'protocol.txt', mimeType: 'text/plain', buffer: Buffer.from('All green.') });
  const row = page.locator('.part-documents > li').filter({ hasText: 'protocol.txt' });
  await row.getByText('On this device, not sent yet').waitFor();
  // It can be looked at here all the same.
  await row.getByRole('button', { name: 'Look at it' }).click();
  await page.getByRole('dialog').getByText('All green.').waitFor();
  await page.keyboard.press('Escape');

  await tab(page, 'History');
  await page.getByRole('button', { name: 'Write an entry' }).click();
  await page.getByLabel('In a line').fill('Called the vendor from the hall');
  await page.getByRole('button', { name: 'Write it down' }).click();
  await page.getByText('on the way to the server').waitFor();

  // The battery dies; everything is still there.
  await tablet.kill();
  await tablet.start(`${at}?tab=checklists`);
  await tablet.page.locator('.part-checklist').getByText('2 of 8 answered').waitFor();
  const again = tablet.page;
  await again.goto('/device/queue');
  await settled(again);
  proxy.fault('none');
  await again.getByRole('button', { name: 'Send now' }).click();
  // The cookie of the session may have died with the browser.
  tablet.allow(401);
  await signInAgain(again, demo.author);
  await synced(again);
  await again.goto(`${at}?tab=documents`);
  await settled(again);
  await again.locator('.part-documents').getByRole('link', { name: 'protocol.txt', exact: true }).waitFor();
  const entries = await journal(again, number);
  const count = (text) => entries.filter((it) => it.text.includes(text)).length;
  assert.equal(count('Called the vendor from the hall'), 1);
  assert.equal(count('attached document “protocol.txt”'), 1);
  assert.equal(count('added checklist “Service test”'), 1);
  assert.equal(count('answered “What was the result?”'), 1);
});
