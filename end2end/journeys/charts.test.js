// A list as charts: each bar leads to the list that counts the same, for whoever looks, with the filters of the address.
import assert from 'node:assert/strict';
import { axe } from '../support/axe.js';
import { house, settled } from '../support/house.js';
import { demo } from '../support/people.js';
import { registerDraft } from '../support/plan.js';
import { shot } from '../support/shots.js';
import { ask } from '../support/workflow.js';

const { journey } = house({ demo: true });

const charts = (page) => page.locator('.part-chart');
const chart = (page, name) => page.getByRole('table', { name });
const row = (page, name, label) => chart(page, name).getByRole('row').filter({ has: page.getByRole('rowheader', { name: label, exact: true }) });
const number = async (row) => Number((await row.locator('.number').textContent()).replaceAll(',', ''));
const total = async (page) => Number((await page.locator('.part-list-foot .sums').textContent()).match(/([\d,]+)( of [\d,]+)?( releases)?$/)[1].replaceAll(',', ''));

/** All bars that lead somewhere: their addresses and numbers. */
const bars = (page) =>
  page.locator('.part-chart tbody tr:has(a)').evaluateAll((rows) =>
    rows.map((it) => [it.querySelector('a').getAttribute('href'), Number(it.querySelector('.number').textContent.replaceAll(',', ''))]),
  );

/** Each bar leads to the list it counts: what the server answers there, and what the page of the first one says. */
async function compare(page, where) {
  const found = await bars(page);
  assert.ok(found.length > 3, where);
  for (const [href, count] of found) {
    const to = new URL(href, page.url());
    assert.ok(!to.searchParams.has('show'), href);
    if (to.pathname === '/work') to.searchParams.set('view', to.searchParams.get('view') ?? 'work');
    assert.equal((await ask(page, 'GET', `/api/v1/releases${to.search}`)).total, count, href);
  }
  const [href, count] = found.at(-1);
  await page.goto(href);
  await settled(page);
  assert.equal(await total(page), count, href);
}

journey('each bar leads to a list of as many releases, and the filters stay', { as: demo.author }, async ({ page, visit }) => {
  await page.goto('/releases');
  await settled(page);
  const shapes = page.getByRole('navigation', { name: 'Show as' });
  await shapes.getByRole('link', { name: 'Charts' }).click();
  await page.waitForURL(/show=charts/);
  await charts(page).first().waitFor();
  assert.equal(await charts(page).count(), 4);
  assert.equal(await page.getByRole('button', { name: 'Columns' }).count(), 0);
  await axe(page, 'charts');
  await shot(page, 'charts-desktop-light');
  const late = row(page, 'By state', 'Overdue');
  assert.ok((await number(late)) > 0);

  // Every bar of every chart, as the demo has them and with a filter on.
  for (const address of ['/releases?show=charts', '/releases?show=charts&priority=1,2,3&q=r', '/work?show=charts']) {
    await page.goto(address);
    await settled(page);
    await charts(page).first().waitFor();
    await compare(page, address);
  }

  // By keyboard, and back.
  await page.goto('/releases?show=charts');
  await settled(page);
  const draft = row(page, 'By stage', 'Draft');
  const drafts = await number(draft);
  await draft.getByRole('link').focus();
  await page.keyboard.press('Enter');
  await page.waitForURL(/stage=draft/);
  await page.getByRole('button', { name: /Remove filter.*stage.*draft/ }).waitFor();
  await page.goBack();
  await charts(page).first().waitFor();

  // What others do is counted at once.
  const other = await visit({ as: demo.author });
  await registerDraft(other.page, { title: 'One more draft' });
  await draft.getByText(String(drafts + 1), { exact: true }).waitFor();

  // Whoever sees less counts less.
  const { page: few } = await visit({ as: demo.technician, at: '/releases?show=charts', screen: 'tablet', scheme: 'dark' });
  await charts(few).first().waitFor();
  await axe(few, 'charts, dark');
  await shot(few, 'charts-tablet-dark');
  await compare(few, 'with other rights');
  const { page: small } = await visit({ at: '/releases?show=charts', screen: 'phone' });
  await charts(small).first().waitFor();
  const overflow = await small.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
  assert.ok(overflow <= 0, `scrolls sideways by ${overflow} px`);
  await axe(small, 'charts on a phone');
  await shot(small, 'charts-phone-light');
});

journey('many groups: the largest have a bar each, and what the others have is summed up', { as: demo.admin }, async ({ page }) => {
  const [{ key }] = (await ask(page, 'GET', '/api/v1/directory')).release_types;
  for (let n = 1; n <= 10; n += 1) {
    const { id } = await ask(page, 'POST', '/api/v1/admin/groups', { name: `Crew ${n}` });
    await ask(page, 'POST', '/api/v1/releases', { fields: { title: `Of crew ${n}`, release_type: key, assignment_group: id } });
  }
  await page.goto('/releases?show=charts');
  await settled(page);
  await charts(page).first().waitFor();
  const names = await chart(page, 'By group').getByRole('rowheader').allTextContents();
  assert.equal(names.length, 13, names.join());
  const [, more] = names.at(-1).match(/^(\d+) more groups together$/);
  const last = row(page, 'By group', names.at(-1));
  assert.equal(await number(last), Number(more), 'one release each');
  await last.getByRole('link').click();
  await page.locator('main tbody tr').first().waitFor();
  await settled(page);
  assert.equal(await total(page), Number(more));
});

journey('charts of nothing, of what cannot be read, on paper, and without the server', { as: demo.author }, async ({ page, first }) => {
  first.outage();
  first.allow(500, '/api/v1/releases/counts');
  await page.goto('/releases?show=charts&q=nothing+is+called+this');
  await page.getByText('No release matches').waitFor();
  await axe(page, 'charts of nothing');
  for (const [query, said] of [
    ['show=charts&stge=draft', /stge: is not a filter/],
    ['show=pie', /show: is `charts`, or is left out/],
  ]) {
    await page.goto(`/releases?${query}`);
    await page.getByText(said).waitFor();
    assert.equal(await charts(page).count(), 0, query);
  }
  await page.getByRole('link', { name: 'Take this filter off' }).click();
  await page.locator('main tbody tr').first().waitFor();

  // On paper: when, by whom, of what, and the numbers.
  await page.goto('/releases?show=charts&stage=draft');
  await settled(page);
  await charts(page).first().waitFor();
  await page.emulateMedia({ media: 'print' });
  assert.match(await page.locator('main .print-only').textContent(), /^All: charts\. Printed .* by Jonas Okafor\.$/);
  assert.ok(await page.getByRole('button', { name: /Remove filter.*stage.*draft/ }).isVisible());
  assert.ok(!(await page.getByRole('navigation', { name: 'Show as' }).isVisible()));
  await shot(page, 'charts-print');
  await page.emulateMedia({ media: 'screen' });

  // A server that fails says so, and the next attempt asks again.
  await page.route('**/api/v1/releases/counts*', (route) => route.fulfill({ status: 500, contentType: 'application/problem+json', body: '{"type":"about:blank","title":"Broken","status":500,"code":"internal","detail":"It broke."}' }), { times: 1 });
  await page.reload();
  await page.getByText('It broke.').waitFor();
  await axe(page, 'charts that failed');
  await page.getByRole('button', { name: 'Try again' }).click();
  await charts(page).first().waitFor();

  // Without the server: the releases on this device, counted in the same way.
  await page.getByRole('link', { name: 'Home' }).click();
  await settled(page);
  await page.getByRole('navigation', { name: 'Main' }).getByRole('link', { name: 'Releases' }).click();
  await page.locator('main tbody tr').first().waitFor();
  await first.context.setOffline(true);
  await page.getByRole('navigation', { name: 'Show as' }).getByRole('link', { name: 'Charts' }).click();
  await page.getByText('These are the releases on this device').waitFor();
  await axe(page, 'charts offline');
  const here = (await charts(page).count()) > 0;
  assert.ok(here || (await page.getByText('None on this device').isVisible()));
  await first.context.setOffline(false);
  await page.getByText('These are the releases on this device').waitFor({ state: 'hidden' });
  await charts(page).first().waitFor();
});
