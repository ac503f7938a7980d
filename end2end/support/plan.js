// Pieces of the release journeys: what a person does to draft a plan, by the labels they see.
import { settled } from './house.js';

/** Fills the register form and answers the address of the new draft. */
export async function registerDraft(page, { title, start = '2031-03-01T20:00', end = '2031-03-01T23:00' }) {
  await page.goto('/releases/new');
  await settled(page);
  await page.getByLabel('Title').fill(title);
  await chooseFirst(page.getByLabel('Release type'));
  await page.getByRole('radio', { name: /^Impact High, urgency Medium/ }).check();
  await page.getByLabel('Planned start').fill(start);
  await page.getByLabel('Planned end').fill(end);
  await chooseFirst(page.getByLabel('Assignment group'));
  await page.getByRole('button', { name: 'Create draft' }).click();
  await page.waitForURL(/\/releases\/REL-\d+/);
  await settled(page);
  return new URL(page.url()).pathname;
}

/** Chooses the first option that is a choice, once there is one and unless something is chosen. */
async function chooseFirst(select) {
  await select.locator('option:nth-child(2)').waitFor({ state: 'attached' });
  if ((await select.inputValue()) === '') await select.selectOption({ index: 1 });
}

/** Adds a step and opens it; answers its row. */
export async function addStep(page, title) {
  await page.getByLabel('Title of a new step').fill(title);
  await page.getByRole('button', { name: 'Add step' }).click();
  const row = stepRow(page, title);
  await row.getByRole('button', { expanded: false }).first().click();
  await row.getByLabel('Minutes').waitFor();
  return row;
}

/** The row of the step with this title. */
export function stepRow(page, title) {
  return page.getByRole('region', { name: 'Steps' }).locator('li.part-step').filter({ has: page.locator('.open .title', { hasText: title }) });
}

/** Adds a target through the picker and says what happens to it. */
export async function addTarget(row, { search, name, action = 'Upgrade', outage = 'Down' }) {
  const picker = row.getByRole('combobox', { name: 'Add a target CI' });
  await picker.fill(search);
  await row.getByRole('option').filter({ hasText: name }).first().click();
  const target = row.locator('.part-target').filter({ hasText: name });
  await target.getByLabel('Action').selectOption({ label: action });
  await target.getByRole('radio', { name: outage, exact: true }).check();
}

/** Types into a field of a step and leaves it. */
export async function fillCell(row, label, text) {
  const cell = row.getByLabel(label, { exact: true });
  await cell.fill(text);
  await cell.blur();
}

/** Waits until everything that was typed is on the server. */
export async function stored(page) {
  await page.waitForFunction(
    () => !document.querySelector('.part-stored[data-state="unstored"]') && document.querySelector('.frame-standing[data-standing="online"]'),
  );
}
