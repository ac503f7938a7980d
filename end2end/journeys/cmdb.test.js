// Finding a CI, seeing how it hangs together, and what goes down with it.
import assert from 'node:assert/strict';
import { house, settled } from '../support/house.js';
import { demo } from '../support/people.js';

const { journey } = house({ demo: true });

journey('the list: search, filter chips, paging; all of it in the address', { as: demo.author, at: '/cmdb' }, async ({ page }) => {
  const rows = page.locator('tbody tr');
  await rows.nth(49).waitFor();
  await page.getByRole('button', { name: 'Show 50 more' }).click();
  await rows.nth(99).waitFor();

  await page.getByLabel('Class').selectOption('rack');
  await page.waitForURL(/class=rack/);
  await page.getByLabel('Search', { exact: true }).fill('ham1');
  await page.waitForURL(/q=ham1/);
  await settled(page);
  const texts = await rows.allInnerTexts();
  assert.ok(texts.length > 0 && texts.every((it) => it.toLowerCase().includes('ham1')), texts.slice(0, 3).join(' | '));

  await page.reload();
  await settled(page);
  assert.equal(await rows.count(), texts.length, 'the address holds the whole view');
  await page.getByRole('button', { name: /^Remove filter words/ }).click();
  await page.waitForURL((url) => !url.searchParams.has('q'));
  await page.goBack();
  await page.waitForURL(/q=ham1/);
});

journey('a rack shows what stands in it, a CI its relations and its picture', { as: demo.author, at: '/cmdb?class=rack&q=ham1-1-a01' }, async ({ page }) => {
  await page.locator('tbody a').first().click();
  await page.getByRole('navigation', { name: 'Views of this CI' }).waitFor();
  await settled(page);
  await page.getByText('ham1-1-a01-sw-a').first().click();
  await page.getByRole('heading', { level: 1, name: 'ham1-1-a01-sw-a' }).waitFor();
  await page.getByRole('link', { name: /^Picture/ }).click();
  await settled(page);
  await page.locator('svg [data-node], svg a').first().waitFor();
});

journey('what if: the impact of a switch, with the reason for each CI', { as: demo.author, at: '/cmdb/ci/ham1-1-a01-sw-a' }, async ({ page }) => {
  await page.getByRole('link', { name: 'Take this down: what if' }).click();
  await page.waitForURL(/\/impact\?down=ham1-1-a01-sw-a/);
  await settled(page);
  const totals = await page.locator('.part-totals').innerText();
  assert.match(totals, /degraded/);
  await page.getByLabel('Direction').selectOption({ label: 'What it needs' });
  await page.waitForURL(/direction=dependencies/);
  await page.getByText(/CIs? (is|are) needed/).waitFor();
});

journey('why a hypervisor depends on a spine switch, and that it is not so the other way round', { as: demo.author, at: '/cmdb/ci/ham1-1-a01-hv1' }, async ({ page }) => {
  const why = page.getByRole('region', { name: 'Why does it depend on another CI' });
  await why.getByRole('combobox', { name: 'Another CI' }).fill('ham1-1-spine-1');
  await why.getByRole('option', { name: /^ham1-1-spine-1/ }).click();
  await page.waitForURL(/why=ham1-1-spine-1$/);
  await why.getByText('It depends on ham1-1-spine-1, over 2 hops:').waitFor();
  const hops = await why.getByRole('listitem').allInnerTexts();
  assert.match(hops.join(' '), /^ham1-1-a01-hv1 depends on\s+ham1-1-a01-sw-[ab] depends on\s+ham1-1-spine-1$/);

  await page.goto('/cmdb/ci/ham1-1-spine-1?why=ham1-1-a01-hv1');
  await settled(page);
  await why.getByText('It does not depend on ham1-1-a01-hv1').waitFor();
});
