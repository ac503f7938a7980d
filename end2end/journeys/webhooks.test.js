// An administrator makes a webhook, a real receiver is told of a release, fails, and is told again by hand.
import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import { mkdir } from 'node:fs/promises';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { after, before } from 'node:test';
import { axe } from '../support/axe.js';
import { house, settled } from '../support/house.js';
import { ADMIN, GUEST, addAdminAndGuest } from '../support/people.js';

const env = { SLIPWAY_WEBHOOK_ALLOW: '127.0.0.0/8', SLIPWAY_WEBHOOK_HTTP: 'true' };
const { journey } = house({ prepare: addAdminAndGuest, env });
const folder = process.env.SLIPWAY_SCREENSHOTS;

const receiver = { got: [], statuses: [], url: '' };
let http;
before(async () => {
  http = createServer((request, answer) => {
    let body = '';
    request.on('data', (chunk) => (body += chunk));
    request.on('end', () => {
      receiver.got.push({ headers: request.headers, body });
      answer.writeHead(receiver.statuses.shift() ?? 200, { connection: 'close' });
      answer.end('thank you');
    });
  });
  await new Promise((resolve) => http.listen(0, '127.0.0.1', resolve));
  receiver.url = `http://127.0.0.1:${http.address().port}/hook`;
});
after(() => http.close());

async function shot(page, name) {
  await settled(page);
  if (!folder) return;
  await mkdir(folder, { recursive: true });
  await page.screenshot({ path: join(folder, `${name}.png`), animations: 'disabled', fullPage: true });
}

/** Makes a release over the API, as the page that is open would. */
async function draft(page, title) {
  const status = await page.evaluate(async (fields) => {
    const body = JSON.stringify({ fields });
    const answer = await fetch('/api/v1/releases', { method: 'POST', body, headers: { 'content-type': 'application/json' } });
    return answer.status;
  }, { title });
  assert.equal(status, 201);
}

for (const [screen, scheme] of [['desktop', 'light'], ['tablet', 'dark']]) {
  journey(`a webhook from its making to its log, ${screen}, ${scheme}`, { as: ADMIN, at: '/admin', screen, scheme }, async ({ page, first }) => {
    const name = `Chat ${screen}`;
    await page.getByRole('link', { name: 'Webhooks' }).first().click();
    await page.getByRole('heading', { level: 1, name: 'Webhooks' }).waitFor();
    await settled(page);
    await axe(page, 'no webhook yet');
    await page.getByRole('button', { name: 'New webhook' }).first().click();
    const form = page.getByRole('dialog', { name: 'New webhook' });
    const make = form.getByRole('button', { name: 'Make the webhook' });
    await make.click();
    await form.getByText('A name is needed.').waitFor();
    await form.getByLabel('Name').fill(name);
    await form.getByLabel('Address').fill('https://127.0.0.1@example.com/');
    await form.getByLabel('Started').check();
    first.allow(422, '/api/v1/admin/webhooks');
    await make.click();
    await form.getByText('must not hold a user or password').waitFor();
    await axe(page, 'the form with a refused address');
    await shot(page, `webhook-form-${screen}-${scheme}`);
    await form.getByLabel('Address').fill(receiver.url);
    await make.click();
    const secret = page.getByRole('status', { name: 'New secret' });
    const clear = await secret.locator('code').innerText();
    assert.match(clear, /^whsec_/);
    await axe(page, 'the secret');
    await secret.getByRole('button', { name: 'I have kept it' }).click();
    await page.getByRole('link', { name, exact: true }).click();
    await page.getByRole('heading', { level: 1, name }).waitFor();
    await page.getByText('Nothing was sent yet').waitFor();
    await page.getByRole('button', { name: 'Send a test' }).click();
    await page.getByText('The test was taken').waitFor();

    receiver.got.length = 0;
    await draft(page, `Told on a ${screen}`);
    const look = page.getByRole('button', { name: 'Look again' });
    const delivered = page.getByRole('row').filter({ hasText: 'delivered' });
    await assert.doesNotReject(async () => {
      for (let tries = 0; tries < 40 && (await delivered.count()) === 0; tries += 1) {
        await look.click();
        await page.waitForTimeout(250);
      }
      await delivered.first().waitFor({ timeout: 1_000 });
    });
    const { headers, body } = receiver.got.find((it) => JSON.parse(it.body).release?.title === `Told on a ${screen}`);
    const key = Buffer.from(clear.slice('whsec_'.length), 'base64');
    const signed = `${headers['webhook-id']}.${headers['webhook-timestamp']}.${body}`;
    assert.equal(headers['webhook-signature'], `v1,${createHmac('sha256', key).update(signed).digest('base64')}`);

    receiver.statuses.push(500);
    await delivered.first().getByRole('button', { name: 'Send again' }).click();
    await page.getByText('Sent again, and not taken').first().waitFor();
    await page.getByText('500 in').first().waitFor();
    await axe(page, 'a webhook with a log');
    await shot(page, `webhook-${screen}-${scheme}`);

    await page.getByRole('button', { name: 'Pause' }).click();
    await page.locator('.ui-badge', { hasText: 'paused' }).waitFor();
    await page.getByRole('button', { name: 'Delete' }).click();
    await page.getByRole('button', { name: 'Delete the webhook' }).click();
    await page.getByRole('heading', { level: 1, name: 'Webhooks' }).waitFor();
    await page.getByText('Nobody is told anything yet').waitFor();
  });
}

journey('for others there is nothing to see', { as: GUEST, at: '/admin/webhooks' }, async ({ page }) => {
  await page.getByText('Not for your account').waitFor();
  assert.equal(await page.getByRole('link', { name: 'Admin', exact: true }).count(), 0);
  assert.equal(await page.getByRole('button', { name: 'New webhook' }).count(), 0);
  await axe(page, 'no permission');
});
