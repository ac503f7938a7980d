// The papers of a release: entries in its journal, documents, checklists, versions, and a baseline that comes back.
import assert from 'node:assert/strict';
import { axe } from '../support/axe.js';
import { house, settled } from '../support/house.js';
import { demo } from '../support/people.js';
import { addStep, fillCell, registerDraft, stepRow, stored } from '../support/plan.js';
import { png } from '../support/png.js';
import { shot } from '../support/shots.js';

// A limit of its own, so that the browser has to know what the installation says.
const { journey } = house({ demo: true, env: { SLIPWAY_LARGEST_FILE: '4M' } });

const tab = (page, name) => page.getByRole('navigation', { name: 'Parts of the release' }).getByRole('link', { name }).click();

journey('somebody writes into the journal and finds it again', { as: demo.colleague }, async ({ page }) => {
  await registerDraft(page, { title: 'Swap the fans of hv-2' });
  await tab(page, 'History');
  await settled(page);
  await page.getByRole('button', { name: 'Write an entry' }).click();
  await page.getByRole('button', { name: 'Write it down' }).click();
  await page.getByText('say in a line what happened').waitFor();
  await page.getByLabel('In a line').fill('Fan 2 is stuck');
  await page.getByLabel('In full').fill('It rattles.\nThe vendor knows it.');
  await page.getByLabel('Category').selectOption('Diagnosis');
  await page.getByLabel('Source').selectOption('Phone');
  await page.getByLabel('Minutes spent').fill('20');
  await axe(page, 'the form of an entry');
  // Another tab and back: what was typed is still there.
  await tab(page, 'Plan');
  await tab(page, 'History');
  assert.equal(await page.getByLabel('In a line').inputValue(), 'Fan 2 is stuck');
  await page.getByRole('button', { name: 'Write it down' }).click();
  const entry = page.locator('.part-journal > li').filter({ hasText: 'Fan 2 is stuck' });
  await entry.getByText('20 min spent').waitFor();
  await entry.getByText('The vendor knows it.').waitFor();
  await page.getByLabel('Show', { exact: true }).selectOption('Diagnosis');
  await page.getByText('all 1 entries').waitFor();
  assert.match(page.url(), /kind=note/);
  await page.getByLabel('Show', { exact: true }).selectOption('Conflicts');
  await page.getByText('No such entry').waitFor();
  await page.getByLabel('Show', { exact: true }).selectOption('Everything');
  await page.locator('.part-journal > li').first().getByRole('button', { name: 'All about it' }).click();
  await page.locator('.part-journal .whole').getByText('Before').waitFor();
  await axe(page, 'the journal');
  await shot(page, 'journal-desktop-light');
});

journey('documents are attached, followed by versions, looked at and taken off', { as: demo.author, screen: 'tablet' }, async ({ page, first, visit }) => {
  const at = await registerDraft(page, { title: 'Renew the contract of the ring' });
  await tab(page, 'Documents');
  await page.getByText('No document yet').waitFor();
  await axe(page, 'no documents');
  await page.getByLabel('Attach as').selectOption('Legal document');
  const drop = page.locator('.part-drop input[type=file]');
  await drop.setInputFiles([
    { name: 'Vertrag Größe.pdf', mimeType: 'application/pdf', buffer: Buffer.from('%PDF-1.7\n1 0 obj\n%%EOF') },
    { name: 'notes.txt', mimeType: 'text/plain', buffer: Buffer.from('Line one\n<b>not bold</b>\n') },
    { name: 'evil.svg', mimeType: 'image/svg+xml', buffer: Buffer.from('<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>') },
    { name: 'empty.pdf', mimeType: 'application/pdf', buffer: Buffer.alloc(0) },
    { name: '..\\..\\rack.png', mimeType: 'image/png', buffer: png(640, 480, 7) },
  ]);
  await page.getByText('evil.svg was not attached.').waitFor();
  await page.getByText('empty.pdf was not attached.').waitFor();
  const row = (title) => page.locator('.part-documents > li').filter({ hasText: title });
  for (const title of ['Vertrag Größe.pdf', 'notes.txt', 'rack.png']) {
    await row(title).getByRole('link', { name: title, exact: true }).waitFor();
  }
  await stored(page);
  const understood = page.getByRole('button', { name: 'Understood' });
  while ((await understood.count()) > 0) await understood.first().click();
  await axe(page, 'documents');
  const loaded = page.waitForEvent('download');
  await row('Vertrag').getByRole('link', { name: 'Vertrag Größe.pdf', exact: true }).click();
  assert.equal((await loaded).suggestedFilename(), 'Vertrag Größe.pdf');

  // A text is shown as text, a picture as a picture.
  await row('notes.txt').getByRole('button', { name: 'Look at it' }).click();
  await page.getByRole('dialog').getByText('<b>not bold</b>').waitFor();
  await axe(page, 'a text is looked at');
  await page.keyboard.press('Escape');
  await row('rack.png').getByRole('button', { name: 'Look at it' }).click();
  await page.waitForFunction(() => document.querySelector('dialog img.part-look')?.naturalWidth === 640);
  await page.keyboard.press('Escape');

  // A new version is shown, the older one stays.
  await row('notes.txt').getByLabel('New version').setInputFiles({ name: 'notes-2.txt', mimeType: 'text/plain', buffer: Buffer.from('Second thoughts') });
  await row('notes.txt').getByText('version 2').waitFor();
  await row('notes').getByText('1 earlier version').click();
  await row('notes').getByRole('link', { name: 'Version 1: notes.txt' }).waitFor();
  await row('Vertrag').getByRole('button', { name: 'Describe' }).click();
  await row('Vertrag').getByLabel('Description').fill('Signed by both sides.');
  await row('Vertrag').getByLabel('Description').blur();
  await row('Vertrag').getByText('Signed by both sides.').first().waitFor();
  await stored(page);
  await shot(page, 'documents-tablet-light');

  // Who may see the release sees them; others see nothing.
  const colleague = await visit({ as: demo.editor, at: `${at}?tab=documents`, screen: 'desktop', scheme: 'dark' });
  await colleague.page.getByText('Vertrag Größe.pdf').first().waitFor();
  await axe(colleague.page, 'documents, dark');
  await shot(colleague.page, 'documents-desktop-dark');

  await row('rack.png').getByRole('button', { name: 'Take off' }).click();
  await row('rack.png').waitFor({ state: 'hidden' });
  await page.getByText('1 document was taken off').click();
  await page.getByRole('button', { name: 'Put back' }).click();
  await row('rack.png').waitFor();
});

journey('a large document is paused, goes on, and arrives', { as: demo.author }, async ({ page }) => {
  await registerDraft(page, { title: 'Bring the big image' });
  await tab(page, 'Documents');
  let held;
  const free = new Promise((done) => { held = done; });
  let pieces = 0;
  await page.route('**/api/v1/blobs/*', async (route) => {
    if (route.request().method() === 'PATCH') {
      pieces += 1;
      if (pieces === 2) await free;
    }
    await route.continue();
  });
  const buffer = Buffer.concat([Buffer.from('%PDF-1.7\n'), Buffer.alloc(3 * 1024 * 1024, 'x')]);
  await page.locator('.part-drop input[type=file]').setInputFiles({ name: 'image.pdf', mimeType: 'application/pdf', buffer });
  const row = page.locator('.part-documents > li').filter({ hasText: 'image.pdf' });
  await row.getByText('sent').waitFor();
  await row.getByRole('button', { name: 'Pause' }).click();
  held();
  await row.getByText('sending is paused').waitFor();
  await page.waitForTimeout(500);
  const sofar = pieces;
  await page.waitForTimeout(500);
  assert.equal(pieces, sofar, 'nothing is sent while it is paused');
  await row.getByRole('button', { name: 'Go on' }).click();
  await row.getByRole('link', { name: 'image.pdf', exact: true }).waitFor();
  assert.ok(pieces < 12, `the pieces before the pause were not sent again: ${pieces}`);
});

/** Lets `count` pieces of an upload through and holds the others until `go` is called. */
async function holdPieces(page, count) {
  const hold = { pieces: 0 };
  const free = new Promise((done) => { hold.go = done; });
  await page.route('**/api/v1/blobs/*', async (route) => {
    if (route.request().method() === 'PATCH') {
      hold.pieces += 1;
      if (hold.pieces > count) await free;
    }
    await route.continue();
  });
  return hold;
}

const large = (name, letter) => ({ name, mimeType: 'application/pdf', buffer: Buffer.concat([Buffer.from('%PDF-1.7\n'), Buffer.alloc(3 * 1024 * 1024, letter)]) });

/** Nothing more is sent. */
async function still(page, hold) {
  await page.waitForTimeout(500);
  const sofar = hold.pieces;
  await page.waitForTimeout(800);
  assert.equal(hold.pieces, sofar, 'nothing is sent any more');
}

journey('an upload is cancelled, its document put back, and at last given up', { as: demo.author, screen: 'tablet' }, async ({ page }) => {
  await registerDraft(page, { title: 'Bring an image and think again' });
  await tab(page, 'Documents');
  const drop = page.locator('.part-drop input[type=file]');
  await drop.setInputFiles({ name: 'huge.pdf', mimeType: 'application/pdf', buffer: Buffer.alloc(5 * 1024 * 1024, '%PDF-1.7') });
  await page.getByText('It has 5.2 MB; at most 4.2 MB are kept here.').waitFor();
  await page.getByRole('button', { name: 'Understood' }).click();

  let hold = await holdPieces(page, 1);
  await drop.setInputFiles(large('image.pdf', 'a'));
  const row = page.locator('.part-documents > li').filter({ hasText: 'image.pdf' });
  await row.getByText('sent', { exact: false }).first().waitFor();
  await row.getByRole('progressbar', { name: 'Sent' }).waitFor();
  await axe(page, 'an upload under way');
  await shot(page, 'upload-tablet-light');
  await row.getByRole('button', { name: 'Cancel upload' }).click();
  await row.waitFor({ state: 'hidden' });
  hold.go();
  await still(page, hold);
  // Nothing is lost: what was taken off is still here, and goes on when it is put back.
  await page.getByText('1 document was taken off').click();
  await page.getByText('Its file is only on this device').waitFor();
  await axe(page, 'a cancelled upload');
  await page.getByRole('button', { name: 'Put back' }).click();
  await row.getByRole('link', { name: 'image.pdf', exact: true }).waitFor();
  assert.ok(hold.pieces < 12, `the pieces before were not sent again: ${hold.pieces}`);

  // A new version that is cancelled leaves the one before.
  await page.unrouteAll();
  hold = await holdPieces(page, 1);
  await row.getByLabel('New version').setInputFiles(large('image-2.pdf', 'b'));
  const newer = page.locator('.part-documents > li').filter({ hasText: 'image-2.pdf' });
  await newer.getByRole('button', { name: 'Cancel upload' }).click();
  await page.getByText('The version before is the newest of').waitFor();
  hold.go();
  await row.getByText('version 3').waitFor();
  await row.getByRole('link', { name: 'image.pdf', exact: true }).waitFor();
  await still(page, hold);

  // Taking off stops an upload too; the bytes go when somebody says so twice.
  await page.unrouteAll();
  hold = await holdPieces(page, 1);
  await drop.setInputFiles(large('wrong.pdf', 'c'));
  const wrong = page.locator('.part-documents > li').filter({ hasText: 'wrong.pdf' });
  await wrong.getByRole('progressbar', { name: 'Sent' }).waitFor();
  await wrong.getByRole('button', { name: 'Take off' }).click();
  hold.go();
  await still(page, hold);
  await page.getByText('1 document was taken off').click();
  await page.getByRole('button', { name: 'Delete from this device…' }).click();
  await page.getByRole('button', { name: 'Delete it for good' }).click();
  await page.getByText('Its file is only on this device').waitFor({ state: 'hidden' });
});

journey('a checklist is filled in with a thumb and confirmed', { as: demo.author, screen: 'tablet' }, async ({ page, visit }) => {
  const at = await registerDraft(page, { title: 'Test the new load balancer' });
  await tab(page, 'Checklists');
  await page.getByText('No checklist yet').waitFor();
  await page.getByLabel('Add a checklist').selectOption({ label: 'CI test (8 questions)' });
  await page.getByRole('button', { name: 'Add', exact: true }).click();
  const list = page.locator('.part-checklist');
  await list.getByText('0 of 8 answered').waitFor();
  await list.getByText('required answers are still missing').waitFor();
  await axe(page, 'an empty checklist');
  const small = await page.evaluate(() =>
    [...document.querySelectorAll('.part-checklist button, .part-checklist .ui-choices label, .part-checklist .ui-input')]
      .filter((it) => it.checkVisibility() && it.getBoundingClientRect().height < 44)
      .map((it) => `${it.textContent.trim()} ${it.getBoundingClientRect().height}px`),
  );
  assert.deepEqual(small, []);
  const ask = (text) => list.locator('.question').filter({ hasText: text });
  for (const text of ['test plan for every item', 'people, machines and data', 'CMDB describe']) {
    await ask(text).getByRole('radio', { name: 'Yes' }).check();
  }
  await ask('like production').getByRole('combobox').selectOption('much alike');
  await ask('How many tests were run').getByRole('spinbutton').fill('120');
  await ask('How many of them failed').getByRole('spinbutton').fill('0');
  await ask('last of them run').locator('input').fill('2026-11-20');
  await ask('last of them run').locator('input').blur();
  await ask('CMDB describe').getByRole('button', { name: 'Add a remark' }).click();
  await ask('CMDB describe').getByLabel('Remark').fill('Compared by hand.');
  await ask('CMDB describe').getByLabel('Remark').blur();
  await list.getByText('7 of 8 answered').waitFor();
  await stored(page);
  await shot(page, 'checklist-tablet-light');
  await list.getByRole('button', { name: 'Confirm' }).click();
  await list.getByText('confirmed', { exact: true }).waitFor();
  await stored(page);
  await axe(page, 'a confirmed checklist');

  // Somebody else answers later: the confirmation is gone, and it says whose answer that was.
  const other = await visit({ as: demo.editor, at: `${at}?tab=checklists`, screen: 'desktop', scheme: 'dark' });
  const theirs = other.page.locator('.part-checklist .question').filter({ hasText: 'How many of them failed' }).getByRole('spinbutton');
  await theirs.fill('3');
  await theirs.blur();
  await list.getByText('no longer confirmed').waitFor();
  await list.getByText('took the confirmation away').waitFor();
  await axe(other.page, 'a checklist, dark');
  await shot(other.page, 'checklist-desktop-dark');

  await page.getByRole('link', { name: 'Print the checklists' }).click();
  await page.locator('.page-print').getByText('Compared by hand.').waitFor();
  await axe(page, 'checklists on paper');
});

journey('a baseline is marked, compared with, and brought back', { as: demo.author }, async ({ page }) => {
  await registerDraft(page, { title: 'Move the cluster' });
  const drain = await addStep(page, 'Drain it');
  await fillCell(drain, 'Minutes', '20');
  await addStep(page, 'Move it');
  await stored(page);
  await tab(page, 'History');
  await page.getByRole('link', { name: 'Versions and baselines' }).click();
  await page.getByRole('button', { name: 'Mark baseline' }).click();
  await page.getByText('Give the baseline a name').waitFor();
  await page.getByLabel('Mark what is there now').fill('As agreed');
  await page.getByRole('button', { name: 'Mark baseline' }).click();
  await page.getByText('Baseline: As agreed').waitFor();

  await tab(page, 'Plan');
  await fillCell(stepRow(page, 'Drain it'), 'Minutes', '90');
  await stepRow(page, 'Move it').getByRole('button', { name: /Delete/ }).first().click();
  await addStep(page, 'Hope for the best');
  await stored(page);
  await tab(page, 'History');
  await page.getByRole('link', { name: 'Versions and baselines' }).click();
  const baseline = page.locator('.part-versions > li').filter({ hasText: 'Baseline: As agreed' });
  await baseline.getByRole('button', { name: 'Compare with now' }).click();
  const compared = page.getByRole('region', { name: 'Comparison' });
  await compared.getByText('Hope for the best').waitFor();
  const minutes = compared.getByRole('row').filter({ hasText: 'Planned minutes' });
  await minutes.locator('del').getByText('20').waitFor();
  await minutes.locator('ins').getByText('90').waitFor();
  await axe(page, 'two versions compared');
  await shot(page, 'versions-desktop-light');
  assert.match(page.url(), /from=\d+&to=\d+/);

  await baseline.getByRole('button', { name: 'Bring back…' }).click();
  const dialog = page.getByRole('dialog', { name: 'Bring back the baseline “As agreed”?' });
  await dialog.getByText('Hope for the best').waitFor();
  await dialog.getByRole('columnheader', { name: 'Then' }).waitFor();
  await axe(page, 'what bringing back changes');
  await shot(page, 'restore-desktop-light');
  await dialog.getByRole('button', { name: 'Bring it back' }).click();
  await page.locator('.part-versions').getByText('Restored the baseline “As agreed”').waitFor();
  await tab(page, 'Plan');
  await stepRow(page, 'Move it').waitFor();
  await stepRow(page, 'Drain it').getByText('20 min').waitFor();
  assert.equal(await stepRow(page, 'Hope for the best').count(), 0);
});
