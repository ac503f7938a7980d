// Signing in and out, and what somebody sees who is not signed in.
import assert from 'node:assert/strict';
import { axe } from '../support/axe.js';
import { house, settled, signIn } from '../support/house.js';
import { ADMIN, GUEST, addAdminAndGuest } from '../support/people.js';

const { journey } = house({ prepare: addAdminAndGuest });

journey('an unknown address below the interface is a problem, not the shell', async ({ page, first, server }) => {
  first.allow(401, '/api/');
  const answer = await page.request.get(`${server.url}/api/v1/nothing-here`);
  assert.equal(answer.headers()['content-type'], 'application/problem+json');
  assert.ok([401, 404].includes(answer.status()), `${answer.status()}`);
});

journey('a wrong password is refused in words, the right one opens the page one wanted', { at: '/cmdb?class=rack' }, async ({ page, first }) => {
  first.allow(401, '/api/');
  await page.getByRole('heading', { name: 'Sign in' }).waitFor();
  assert.equal(await page.title(), 'Sign in · Slipway');
  await axe(page);

  await page.getByLabel('Sign-in name').fill(ADMIN.login);
  await page.getByLabel('Password').fill('not this one');
  await page.getByRole('button', { name: 'Sign in' }).click();
  await page.getByRole('alert').filter({ hasText: 'do not belong together' }).waitFor();
  await axe(page, 'a refused sign-in');

  await signIn(page, ADMIN);
  await page.getByRole('heading', { name: 'Configuration items' }).waitFor();
  assert.equal(new URL(page.url()).search, '?class=rack');
});

journey('signing out ends the session', async ({ page, first }) => {
  first.allow(401, '/api/');
  // Not the kept session of the other journeys: this one is gone afterwards.
  await signIn(page, ADMIN);
  await page.getByRole('button', { name: /^Account of/ }).click();
  await page.getByRole('button', { name: 'Sign out' }).click();
  await page.getByRole('heading', { name: 'Sign in' }).waitFor();
  await page.goto('/cmdb');
  await page.getByRole('heading', { name: 'Sign in' }).waitFor();
});

journey('somebody without rights sees a reason, not a button', { as: GUEST }, async ({ page, first }) => {
  first.allow(403, '/api/');
  for (const at of ['/import', '/releases/new']) {
    await page.goto(at);
    await page.getByText('Not for your account').waitFor();
    await axe(page, at);
  }
  await page.goto('/releases');
  await settled(page);
  assert.equal(await page.getByRole('link', { name: 'New release' }).count(), 0);
  assert.equal(await page.getByRole('navigation', { name: 'Main' }).getByRole('link', { name: 'Import' }).count(), 0);
});

journey('one makes a token, which works until it is revoked', { as: GUEST, at: '/account' }, async ({ page, first, server }) => {
  const panel = page.locator('#tokens');
  await panel.getByText('You have no token').waitFor();
  await panel.getByRole('button', { name: 'Make a token' }).click();
  await panel.getByRole('alert').or(panel.locator('.error')).filter({ hasText: /visible characters/ }).first().waitFor();
  await panel.getByLabel('Name of a new token').fill('Nightly report');
  await panel.getByLabel('It lasts').selectOption({ label: '30 days' });
  await panel.getByRole('button', { name: 'Make a token' }).click();
  const once = page.getByRole('status', { name: 'New token' });
  const secret = await once.locator('code').textContent();
  assert.match(secret, /^slp_/);
  await axe(page, 'a new token');
  const with_it = () => fetch(`${server.url}/api/v1/me`, { headers: { authorization: `Bearer ${secret}` } });
  assert.equal((await with_it()).status, 200);
  const row = panel.getByRole('row').filter({ hasText: 'Nightly report' });
  await row.getByText('read', { exact: true }).waitFor();
  // It is shown once.
  await page.reload();
  await settled(page);
  await row.waitFor();
  assert.equal(await once.count(), 0);
  await row.getByRole('button', { name: 'Revoke' }).click();
  await page.getByRole('button', { name: 'Revoke it' }).click();
  await panel.getByText('You have no token').waitFor();
  assert.equal((await with_it()).status, 401);
  first.allow(422, '/api/v1/tokens');
});
