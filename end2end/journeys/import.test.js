// A CMDB comes in through the page: first only looked at, then written, then nothing left to do.
import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { axe } from '../support/axe.js';
import { house, settled } from '../support/house.js';
import { ADMIN, addAdmin } from '../support/people.js';

const NETBOX = new URL('../../../shared/data/netbox-demo-v3.6.json', import.meta.url).pathname;
const { journey } = house({ prepare: addAdmin });

async function tally(page, title, word) {
  const panel = page.locator('section.ui-panel').filter({ has: page.getByRole('heading', { name: title, exact: true }) });
  const text = await panel.locator('div').filter({ has: page.locator('dt', { hasText: word }) }).locator('dd').innerText();
  return Number(text.replaceAll(/\D/g, ''));
}

async function check(page, file) {
  await page.locator('input[type=file]').setInputFiles(file);
  await page.getByRole('button', { name: 'Check the file' }).click();
  await page.getByText('This is what would happen.').waitFor({ timeout: 120_000 });
}

journey('a damaged file is refused line by line and nothing of it is written', { as: ADMIN, at: '/import' }, async ({ page }) => {
  const lines = [
    '{"type":"ci","key":"rack-1","name":"Rack 1","class":"rack"}',
    '{"type":"ci","key":"box-1","name":"Box 1","class":"no-such-class"}',
    '{"type":"relation","kind":"located_in","from":"rack-1","to":"nowhere"}',
    '{"type":"ci","key":',
  ];
  await check(page, { name: 'damaged.ndjson', mimeType: 'application/x-ndjson', buffer: Buffer.from(lines.join('\n')) });
  const table = page.getByRole('table').filter({ hasText: 'Why it was not taken' });
  for (const word of ['no-such-class', 'nowhere']) await table.getByText(word).first().waitFor();
  assert.equal(await tally(page, 'Configuration items', 'would be created'), 1);
  await axe(page, 'a dry run with problems');
  await page.goto('/cmdb');
  await page.getByText('The CMDB is empty').waitFor();
});

if (existsSync(NETBOX)) {
  journey('a NetBox dump: dry run, import, the estate is there, a second run changes nothing', { as: ADMIN, at: '/import' }, async ({ page }) => {
    await check(page, NETBOX);
    const wouldCreate = await tally(page, 'Configuration items', 'would be created');
    assert.ok(wouldCreate >= 24 + 42 + 72 + 180, `${wouldCreate} CIs`);
    await page.getByRole('button', { name: 'Import', exact: true }).click();
    await page.getByText('Imported. The report is kept').waitFor({ timeout: 120_000 });
    assert.equal(await tally(page, 'Configuration items', 'created'), wouldCreate);

    for (const [name, count] of [['rack', 42], ['device', 72], ['vm', 180], ['site', 24]]) {
      await page.goto(`/cmdb?class=${name}`);
      await settled(page);
      // The caption says "42 CIs" or "50 of 180 CIs".
      await page.getByText(new RegExp(`^(\\d+ of )?${count} CIs$`)).first().waitFor();
    }

    await page.goto('/import');
    await check(page, NETBOX);
    assert.equal(await tally(page, 'Configuration items', 'would be created'), 0);
    assert.equal(await tally(page, 'Configuration items', 'would change'), 0);
    assert.equal(await tally(page, 'Relations', 'would be created'), 0);
    const blocked = page.getByRole('button', { name: 'Import', exact: true });
    assert.equal(await blocked.getAttribute('aria-disabled'), 'true');
  });
} else {
  console.log(`no NetBox dump at ${NETBOX}: the journey that imports it is left out`);
}
