// Lists of releases: filters live in the address, views are kept, many are changed at once after a look, nothing moves.
import assert from 'node:assert/strict';
import { axe } from '../support/axe.js';
import { house, settled, signIn } from '../support/house.js';
import { demo } from '../support/people.js';
import { registerDraft } from '../support/plan.js';
import { shot } from '../support/shots.js';

const { journey } = house({ demo: true });

const rows = (page) => page.locator('main tbody tr');

journey('filters, order and columns are in the address, through a reload and a sign-in', async ({ page, first }) => {
  first.allow(401, '/api/');
  await page.goto('/releases?stage=draft,authorisation&sort=title&cols=title,priority,created');
  await page.getByRole('heading', { name: 'Sign in' }).waitFor();
  await signIn(page, demo.author);
  const check = async () => {
    await settled(page);
    await rows(page).first().waitFor();
    assert.equal(new URL(page.url()).search, '?stage=draft,authorisation&sort=title&cols=title,priority,created');
    const heads = await page.locator('thead th').allTextContents();
    assert.deepEqual(heads.slice(1).map((it) => it.replace(/[▲▼]/, '').trim()), ['Title', 'Priority', 'Created']);
    const titles = await page.locator('main [data-row]').allTextContents();
    const sorted = [...titles].sort((a, b) => (a.toLowerCase() < b.toLowerCase() ? -1 : 1));
    assert.deepEqual(titles, sorted);
    await page.getByRole('button', { name: /Remove filter.*stage.*draft, authorisation/ }).waitFor();
  };
  await check();
  await page.reload();
  await check();
  await page.getByRole('link', { name: /^Title/ }).first().click();
  await page.waitForURL(/order=desc/);
});

journey('a filter that cannot be read is said, and nothing can be done to what it would have left out', { as: demo.author }, async ({ page }) => {
  for (const [query, said] of [
    ['stage=bogus', /stage: `bogus` is not one of/],
    ['priority=9', /priority: .*not from 1 to 5/],
    ['opened_from=garbage', /opened from: .garbage/],
    ['stge=draft', /stge: is not a filter/],
    ['text=%25', /text: has no word to look for/],
  ]) {
    await page.goto(`/releases?${query}`);
    await page.getByText(said).waitFor();
    assert.equal(await rows(page).count(), 0, query);
    assert.equal(await page.getByRole('checkbox', { name: 'Select all rows shown' }).count(), 0, query);
    assert.equal(await page.getByRole('link', { name: 'Export CSV' }).count(), 0, query);
  }
  await axe(page, 'a filter that cannot be read');
  await page.getByRole('link', { name: 'Take this filter off' }).click();
  await rows(page).first().waitFor();
  // A number as people say it.
  const whole = await rows(page).first().locator('.second .mono').textContent();
  await page.goto(`/releases?number=${Number(whole.slice(4))}`);
  await settled(page);
  await rows(page).first().waitFor();
  assert.equal(await rows(page).count(), 1);
  assert.equal(await rows(page).first().locator('.second .mono').textContent(), whole);
});

journey('a printed list holds all rows, and says when, by whom and of what it is', { as: demo.author }, async ({ page }) => {
  await page.goto('/releases');
  await settled(page);
  await rows(page).first().waitFor();
  await page.evaluate(() => {
    window.print = () => (document.title = 'printed');
  });
  await page.getByRole('button', { name: 'Print' }).click();
  await page.waitForFunction(() => document.title === 'printed');
  await page.emulateMedia({ media: 'print' });
  const said = await page.locator('main .print-only').textContent();
  assert.match(said, /^All: all \d+\. Printed .* by Jonas Okafor\.$/);
  assert.equal(await rows(page).count(), Number(said.match(/all (\d+)/)[1]));
});

journey('a view is kept under a name and shared', { as: demo.author }, async ({ page, visit }) => {
  await page.goto('/releases');
  await settled(page);
  await page.getByRole('button', { name: 'Filters' }).click();
  const panel = page.getByRole('region', { name: 'All filters' });
  await panel.getByLabel('draft', { exact: true }).check();
  await page.waitForURL(/stage=draft/);
  await axe(page, 'all filters');
  await shot(page, 'lists-filters');
  await panel.getByRole('button', { name: 'Close' }).click();
  await page.getByRole('button', { name: 'Views' }).click();
  const dialog = page.getByRole('dialog', { name: 'Views' });
  await dialog.getByLabel('Name').fill('Drafts of the house');
  await dialog.getByLabel('Who sees it').selectOption('everybody');
  await dialog.getByRole('button', { name: 'Keep it' }).click();
  await dialog.getByRole('link', { name: 'Drafts of the house' }).waitFor();
  await axe(page, 'views');

  const other = await visit({ as: demo.technician });
  await other.page.keyboard.press('Control+k');
  await other.page.keyboard.type('drafts of');
  await other.page.getByRole('option', { name: /Drafts of the house/ }).waitFor();
  await other.page.keyboard.press('Enter');
  await other.page.waitForURL(/\/releases\?.*stage=draft/);
});

journey('many are changed at once after a look at what will happen', { as: demo.author }, async ({ page }) => {
  await registerDraft(page, { title: 'Picked one' });
  await registerDraft(page, { title: 'Picked two' });
  await page.goto('/releases?q=picked');
  await settled(page);
  await page.locator('main [data-row]').first().focus();
  await page.keyboard.press('x');
  await page.keyboard.press('j');
  await page.keyboard.press('Shift+X');
  const bar = page.getByRole('region', { name: 'Selected releases' });
  await bar.getByText('2 releases').waitFor();
  await bar.getByRole('button', { name: 'Resume' }).click();
  const dialog = page.getByRole('dialog', { name: 'Resume' });
  await dialog.getByText('It will not be done for').waitFor();
  await dialog.getByText('Picked one').waitFor();
  await axe(page, 'what will not happen');
  await shot(page, 'lists-bulk');
  await dialog.getByRole('button', { name: 'Go back' }).click();
  await bar.getByRole('button', { name: 'Cancel…' }).click();
  const cancel = page.getByRole('dialog', { name: 'Cancel…' });
  await cancel.getByLabel('Why').fill('Made for a journey');
  await cancel.getByLabel('Why').blur();
  await cancel.getByRole('button', { name: 'Do it for 2 releases' }).click();
  await page.getByText('2 releases changed').waitFor();
  await page.goto('/releases?q=picked&disposition=cancelled');
  await settled(page);
  assert.equal(await rows(page).count(), 2);
});

journey('what others do is shown in place and moves nothing', { as: demo.author }, async ({ page, visit }) => {
  const at = await registerDraft(page, { title: 'Followed in its row' });
  await page.goto('/releases?q=followed');
  await settled(page);
  await page.locator('main [data-row]').first().focus();
  const other = await visit({ as: demo.author });
  await registerDraft(other.page, { title: 'Followed, and new' });
  await page.getByText('The list has changed: 1 new.').waitFor();
  assert.equal(await rows(page).count(), 1, 'nothing moved');
  assert.match(await page.evaluate(() => document.activeElement.textContent), /Followed in its row/);
  await page.getByRole('button', { name: 'Show the list as it is' }).click();
  await rows(page).nth(1).waitFor();
  assert.equal(await rows(page).count(), 2);
  assert.ok(at);
});

journey('the palette knows pages, releases by their texts, and the parts of the open one', { as: demo.author }, async ({ page }) => {
  const at = await registerDraft(page, { title: 'Zanzibar uplinks' });
  await page.goto('/');
  await settled(page);
  await page.keyboard.press('Control+k');
  await page.keyboard.type('zanzi upl');
  await page.getByRole('option', { name: /Zanzibar uplinks/ }).waitFor();
  await page.keyboard.press('Enter');
  await page.waitForURL((url) => url.pathname === at);
  await settled(page);
  await page.keyboard.press('Control+k');
  await page.keyboard.type('journ');
  await page.keyboard.press('Escape');
  await page.keyboard.press('Control+k');
  await page.keyboard.press('Control+a');
  await page.keyboard.type('impact');
  await page.getByRole('option', { name: /Impact.*This release/ }).waitFor();
  await page.keyboard.press('Enter');
  await page.waitForURL(/tab=impact/);
});
