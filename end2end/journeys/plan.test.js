// The main job: draft a release over real CIs, see what each step takes down, submit it, take it back.
import assert from 'node:assert/strict';
import { axe } from '../support/axe.js';
import { house, settled } from '../support/house.js';
import { demo } from '../support/people.js';
import { addStep, addTarget, fillCell, registerDraft, stepRow, stored } from '../support/plan.js';
import { more } from '../support/workflow.js';

const { journey } = house({ demo: true });

journey('a release is planned, its blast radius seen, submitted and withdrawn', { as: demo.author }, async ({ page }) => {
  await registerDraft(page, { title: 'Replace the switch of rack A01' });
  const problems = page.getByRole('region', { name: 'Problems' });
  await problems.getByText('The plan has no steps').waitFor();
  assert.equal(await page.getByRole('button', { name: 'Submit' }).getAttribute('aria-disabled'), 'true');

  // The field that finds everything knows what can be done here, and why it cannot be done yet.
  const offered = async (name) => {
    await page.keyboard.press('Control+k');
    await page.getByLabel('Search or jump').fill('submit');
    const option = page.getByRole('option', { name });
    await option.waitFor();
    return option;
  };
  await offered(/^Submit.*Not now: /);
  await page.keyboard.press('Escape');

  const drain = await addStep(page, 'Drain the hypervisors');
  await fillCell(drain, 'Minutes', '20');
  const swap = await addStep(page, 'Swap the switch');
  await fillCell(swap, 'Minutes', '45');
  await addTarget(swap, { search: 'ham1-1-a01-sw-a', name: 'ham1-1-a01-sw-a', action: 'Replace' });
  await swap.getByLabel('Prerequisites').selectOption({ label: '1 · Drain the hypervisors' });
  await swap.getByText('after 1 · Drain the hypervisors').waitFor();

  // A step that disturbs a CI needs a way back.
  await problems.getByText('say how to back it out').waitFor();
  await fillCell(swap, 'Back-out', 'Put the old switch back; its configuration is in the vault.');

  const whole = page.getByRole('region', { name: 'Blast radius of the whole release' });
  await whole.getByText(/[1-9]\d* degraded|[1-9]\d* down/).first().waitFor();
  await whole.getByText('why?').first().click();
  await whole.getByRole('link', { name: 'Open' }).first().waitFor();
  await stored(page);
  await axe(page, 'the plan editor');

  await problems.getByText('Ready to submit').waitFor();
  const dialog = page.getByRole('dialog', { name: 'Submit for authorisation' });
  await (await offered(/^Submit.*Do it/)).click();
  await dialog.getByRole('button', { name: 'Go back' }).click();
  await page.getByRole('button', { name: 'Submit' }).click();
  await dialog.getByText(/\d+ degraded beside/).waitFor();
  await axe(page, 'the submit dialog');
  await dialog.getByRole('button', { name: 'Submit it' }).click();
  await page.getByText('authorisation', { exact: true }).first().waitFor();
  assert.equal(await page.getByLabel('Title of a new step').count(), 0, 'a submitted plan takes no new step');

  // What was submitted is what the server has.
  await page.reload();
  await settled(page);
  await stepRow(page, 'Swap the switch').getByText('after 1').waitFor();

  await more(page, 'Withdraw');
  await page.getByRole('button', { name: 'Withdraw it' }).click();
  await page.getByLabel('Title of a new step').waitFor();
});

journey('steps are moved by buttons and keys, deleted and brought back', { as: demo.author }, async ({ page }) => {
  await registerDraft(page, { title: 'Order of steps' });
  for (const title of ['First', 'Second', 'Third']) await addStep(page, title);
  const order = () => page.locator('li.part-step .title').allInnerTexts();
  const becomes = (wanted) =>
    page.waitForFunction((text) => [...document.querySelectorAll('li.part-step .title')].map((it) => it.textContent).join() === text, wanted.join());

  await page.getByRole('button', { name: 'Move step 3 up' }).click();
  await becomes(['First', 'Third', 'Second']);
  await stepRow(page, 'First').getByRole('button', { expanded: true }).focus();
  await page.keyboard.press('Alt+ArrowDown');
  await becomes(['Third', 'First', 'Second']);

  await page.getByRole('button', { name: 'Delete step 2' }).click();
  await becomes(['Third', 'Second']);
  await page.getByRole('button', { name: 'Undo' }).click();
  await becomes(['Third', 'First', 'Second']);
  await stored(page);
  await page.reload();
  await settled(page);
  assert.deepEqual(await order(), ['Third', 'First', 'Second']);
});

journey('two people have one plan open: each sees what the other does', { as: demo.author }, async ({ page, visit }) => {
  const at = await registerDraft(page, { title: 'Seen by two' });
  await addStep(page, 'Announced by the author');
  await stored(page);

  const other = await visit({ as: demo.colleague, at });
  await stepRow(other.page, 'Announced by the author').waitFor();
  await addStep(page, 'Added while the other looks');
  await stepRow(other.page, 'Added while the other looks').waitFor();

  const mine = await stepRow(page, 'Announced by the author');
  await mine.getByRole('button', { expanded: true }).waitFor();
  await fillCell(mine, 'Minutes', '15');
  await stepRow(other.page, 'Announced by the author').getByText('15 min').waitFor();
});

journey('on a phone the next action is at the thumb, and the paper says where it came from', { as: demo.author, screen: 'phone' }, async ({ page }) => {
  const at = await registerDraft(page, { title: 'Planned on a phone' });
  const { bottom, height } = await page.getByRole('button', { name: 'Submit' }).evaluate((it) => ({ bottom: it.getBoundingClientRect().bottom, height: innerHeight }));
  assert.ok(bottom < height && bottom > height * 0.75, `Submit ends at ${bottom} of ${height}`);
  await page.goto(`${at}/print`);
  await settled(page);
  await page.getByText(new URL(at, page.url()).href, { exact: true }).waitFor();
});
