// Changes come in from a file, a release links one and follows it; how to back out is at hand, and an end can be undone.
import assert from 'node:assert/strict';
import { axe } from '../support/axe.js';
import { house, settled } from '../support/house.js';
import { demo } from '../support/people.js';
import { registerDraft, stored } from '../support/plan.js';
import { shot } from '../support/shots.js';
import { command } from '../support/workflow.js';

const { journey } = house({ demo: true });

const FILE = [
  'key,title,status,risk,cis,back_out,back_out_owner,link',
  'CHG-77,Fans of the top-of-rack switches,approved,low,ham1-1-a01-sw-a => new fans,"Put the old fans back\nCheck the temperature",Network,https://itsm.example.com/CHG-77',
  'CHG-78,Broken,approved,huge,,,,javascript:alert(1)',
].join('\n');

const section = (page, name) => page.getByRole('region', { name, exact: true });

async function importChanges(page) {
  await page.goto('/registers/changes');
  await settled(page);
  await page.getByRole('button', { name: 'Import', exact: true }).click();
  const dialog = page.getByRole('dialog', { name: 'Import changes' });
  await dialog.locator('input[type=file]').setInputFiles({ name: 'changes.csv', mimeType: 'text/csv', buffer: Buffer.from(FILE) });
  return dialog;
}

async function link(page, name, what, search, title) {
  const field = section(page, name).getByRole('combobox', { name: what });
  await field.fill(search);
  await section(page, name).getByRole('option', { name: title }).first().click();
}

journey('changes from a file are linked, followed and unlinked with undo', { as: demo.author }, async ({ page }) => {
  const dialog = await importChanges(page);
  const problems = dialog.getByRole('table');
  await problems.getByText('risk').waitFor();
  await problems.getByText('must be one of low, medium, high').waitFor();
  await problems.getByText('is not an address that begins with').waitFor();
  await axe(page, 'the report of a file with problems');
  await dialog.getByRole('button', { name: 'Import', exact: true }).click();
  await page.getByText('Imported: 1 created, 0 updated, 0 unchanged, 1 not taken').waitFor();
  await page.getByRole('link', { name: 'Fans of the top-of-rack switches' }).waitFor();

  const release = await registerDraft(page, { title: 'New fans in rack A01' });
  await page.goto(`${release}?tab=links`);
  await settled(page);
  await link(page, 'Changes', 'Link a change', 'fans', /Fans of the top-of-rack/);
  const changes = section(page, 'Changes');
  await changes.getByRole('link', { name: 'Fans of the top-of-rack switches' }).waitFor();
  const scope = section(page, 'CIs in scope');
  await scope.getByRole('row').filter({ hasText: 'ham1-1-a01-sw-a' }).getByText('through change').waitFor();
  await stored(page);

  // How to back out, without leaving the release.
  await changes.getByRole('button', { name: 'Back-out plan' }).click();
  const plan = page.getByRole('dialog', { name: 'Back-out plan of change CHG-77' });
  await plan.getByText('Put the old fans back').waitFor();
  await plan.getByText('never tried').waitFor();
  await axe(page, 'a back-out plan');
  await plan.getByRole('button', { name: 'Close' }).click();

  await changes.getByRole('combobox', { name: /What becomes of change CHG-77/ }).selectOption('in_execution');
  await link(page, 'Knowledge', 'Link a knowledge article', 'label', /Labelling cables/);
  await section(page, 'Knowledge').getByRole('button', { name: 'Read' }).click();
  await page.getByRole('dialog').getByText('Never pull both uplinks').waitFor();
  await page.getByRole('dialog').getByRole('button', { name: 'Close' }).click();
  await section(page, 'People and roles').getByRole('button', { name: 'Link a person' }).click();
  const person = page.getByRole('dialog', { name: 'Link a person in a role' });
  await person.getByLabel('Name').fill('Vera Vendor');
  await person.getByLabel('Role in this release').fill('Hardware support');
  await person.getByLabel('Phone').fill('+49 40 1');
  await person.getByRole('button', { name: 'Link', exact: true }).click();
  await section(page, 'People and roles').getByRole('row').filter({ hasText: 'Vera Vendor' }).waitFor();
  await stored(page);
  await axe(page, 'the links of a release');

  // The change gets another CI in its register: the draft follows, nobody presses a button here.
  await page.goto('/registers/changes/CHG-77');
  await settled(page);
  await page.getByRole('row').filter({ hasText: 'New fans in rack A01' }).waitFor();
  await axe(page, 'a record');
  await page.getByRole('button', { name: 'Edit' }).click();
  const form = page.getByRole('dialog', { name: 'Edit CHG-77' });
  await form.getByRole('combobox', { name: 'Add a CI' }).fill('ham1-1-a01-sw-b');
  await form.getByRole('option', { name: /ham1-1-a01-sw-b/ }).first().click();
  await form.getByLabel('What changes at ham1-1-a01-sw-b').fill('new fans');
  await axe(page, 'the form of a change');
  await form.getByRole('button', { name: 'Save' }).click();
  await page.getByText('Saved CHG-77').waitFor();
  await page.goto(`${release}?tab=links`);
  await settled(page);
  await scope.getByRole('row').filter({ hasText: 'ham1-1-a01-sw-b' }).getByText('through change').waitFor();
  await page.goto(`${release}?tab=impact`);
  const idle = page.getByRole('region', { name: 'In scope without a step' });
  await idle.getByRole('link', { name: 'ham1-1-a01-sw-b' }).waitFor();
  await page.goto('/cmdb/ci/ham1-1-a01-sw-b');
  await page.getByRole('link', { name: /New fans in rack A01/ }).first().waitFor();
  await page.goto(`${release}?tab=history`);
  await page.getByText('took over what change CHG-77 changes now').waitFor();

  await page.goto(`${release}?tab=links`);
  await settled(page);
  await changes.getByRole('button', { name: 'End the link to change CHG-77' }).click();
  await changes.getByText('No change is linked.').waitFor();
  await page.getByRole('button', { name: 'Undo' }).click();
  await changes.getByRole('link', { name: 'Fans of the top-of-rack switches' }).waitFor();
  await stored(page);

  // On paper: what is linked, and how to back out, without a screen.
  await page.goto(`${release}?tab=documents`);
  await settled(page);
  await page.locator('.part-drop input[type=file]').setInputFiles({ name: 'contract.txt', mimeType: 'text/plain', buffer: Buffer.from('Signed') });
  await page.getByRole('link', { name: 'contract.txt', exact: true }).waitFor();
  await stored(page);
  await page.goto(`${release}/print`);
  await settled(page);
  await page.emulateMedia({ media: 'print' });
  const paper = page.locator('.page-print');
  for (const text of ['CHG-77', 'in this release: ', 'Put the old fans back', 'owner Network', 'Vera Vendor', '+49 40 1', 'contract.txt', 'Labelling cables']) {
    await paper.getByText(text).first().waitFor();
  }
  await axe(page, 'a release on paper');
  await shot(page, 'print-desktop-light');
  await page.emulateMedia({ media: null });
});

journey('two words on a change: the second sees both and can have theirs', { as: demo.author }, async ({ page, first, visit }) => {
  first.outage();
  const release = await registerDraft(page, { title: 'Fans, once more' });
  await command(page, release, { command: 'link', register: 'changes', key: 'CHG-77' });
  await page.goto(`${release}?tab=links`);
  await settled(page);
  const status = page.getByRole('combobox', { name: /What becomes of change CHG-77/ });
  await status.waitFor();
  await status.selectOption('in_execution');
  await stored(page);
  const { page: hers } = await visit({ as: demo.editor, at: release });
  await first.context.setOffline(true);
  await status.selectOption('cancelled');
  await command(hers, release, { command: 'set_change_status', change: 'CHG-77', status: 'resolved' });
  await first.context.setOffline(false);
  const card = page.locator('.part-refused').filter({ hasText: 'Theirs, stands now' });
  await card.getByText('Somebody else said something else about this change first').waitFor();
  await card.getByText('resolved').waitFor();
  await card.getByText('cancelled', { exact: true }).waitFor();
  // What both had before them: the history of the release knows it.
  await card.locator('dt', { hasText: /^Was$/ }).waitFor();
  await card.getByText('in execution', { exact: true }).waitFor();
  await axe(page, 'two words on a change');
  await shot(page, 'two-words-desktop-light');
  await card.getByRole('button', { name: 'Take mine' }).click();
  await card.waitFor({ state: 'hidden' });
  await stored(page);
  await page.waitForFunction(() => document.querySelector('select[aria-label^="What becomes of change"]')?.value === 'cancelled');
});

journey('registers: search, a stale edit keeps what was typed, deleting can be undone', { as: demo.author }, async ({ page, first }) => {
  // The stale save.
  first.allow(409, '/api/v1/registers/');
  await page.goto('/registers/purchases?status=open');
  await settled(page);
  await page.getByRole('link', { name: /Metered PDU/ }).waitFor();
  assert.equal(await page.getByRole('link', { name: /top-of-rack switches/ }).count(), 0);
  await page.goto('/registers/problems');
  await settled(page);
  await page.getByRole('searchbox', { name: 'Search' }).fill('payment');
  await page.getByText('1 problem', { exact: true }).waitFor();
  await page.getByRole('link', { name: /Payment database locks/ }).click();
  await settled(page);
  await page.getByRole('button', { name: 'Edit' }).click();
  const form = page.getByRole('dialog', { name: 'Edit PRB-317' });
  // Somebody else is faster.
  const status = await page.evaluate(async () => {
    const body = JSON.stringify({ version: 1, fields: { status: 'closed' } });
    const answer = await fetch('/api/v1/registers/problems/PRB-317', { method: 'PATCH', body, headers: { 'content-type': 'application/json' } });
    return answer.status;
  });
  assert.equal(status, 200);
  await form.getByLabel('Title').fill('Payment database locks at night');
  await form.getByRole('button', { name: 'Save' }).click();
  await form.getByRole('button', { name: 'Keep my fields and look again' }).click();
  await page.getByText('Your fields are kept.').waitFor();
  await form.getByRole('button', { name: 'Save' }).click();
  await page.getByRole('heading', { name: 'Payment database locks at night' }).waitFor();
  await page.getByRole('button', { name: 'Delete' }).click();
  await page.getByRole('button', { name: 'Delete it' }).click();
  await page.getByText('Deleted PRB-317').waitFor();
  await page.getByRole('button', { name: 'Undo' }).click();
  await page.getByText('PRB-317 is back').waitFor();
});
