// The first page a browser gets from a server nobody has set up.
import assert from 'node:assert/strict';
import { axe } from '../support/axe.js';
import { house } from '../support/house.js';

const { journey } = house();

journey('the shell starts and asks to sign in', async ({ page, first }) => {
  first.allow(401, '/api/');
  await page.getByRole('heading', { name: 'Sign in' }).waitFor();
  assert.match(await page.title(), /Sign in · Slipway/);
  await axe(page);
});

journey('an unknown address below the interface is a problem, not the shell', async ({ page, first, server }) => {
  first.allow(401, '/api/');
  const answer = await page.request.get(`${server.url}/api/v1/nothing-here`);
  assert.equal(answer.headers()['content-type'], 'application/problem+json');
  assert.ok([401, 404].includes(answer.status()), `${answer.status()}`);
});
