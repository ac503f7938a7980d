// Pages that cannot show what was asked for: each says why and what to do, and none of them is white.
import assert from 'node:assert/strict';
import { axe } from '../support/axe.js';
import { house, signIn } from '../support/house.js';
import { demo } from '../support/people.js';

const { journey } = house({ demo: true });

journey('the demo prints sign-ins that work', async ({ page, first, server }) => {
  first.allow(401, '/api/');
  const [, password] = server.output().match(/password (\S+) as one of:/);
  const [, login] = server.output().match(/^ {2}(\S+) +\S.*, \S/m);
  await signIn(page, { login, password });
  await page.getByRole('heading', { name: /^Welcome/ }).waitFor();
});

journey('what does not exist is said to be so', { as: demo.author }, async ({ page, first }) => {
  first.allow(404, '/api/');
  for (const [at, text] of [
    ['/cmdb/ci/no-such-ci', 'Not found'],
    ['/releases/REL-999999', 'There is no such release'],
    ['/no/such/page', /no.*page|not found/i],
  ]) {
    await page.goto(at);
    await page.getByText(text).first().waitFor();
    await axe(page, at);
  }
});

journey('a failing server is said to fail, and trying again works', { as: demo.author }, async ({ page, first }) => {
  first.allow(500, '/api/v1/cis');
  let broken = true;
  await page.route('**/api/v1/cis?*', (route) => {
    if (!broken) return route.continue();
    const problem = { type: 'about:blank', title: 'Something failed', status: 500, code: 'internal', detail: 'The database is not there.' };
    return route.fulfill({ status: 500, contentType: 'application/problem+json', body: JSON.stringify(problem) });
  });
  await page.goto('/cmdb');
  await page.getByText('Could not load the list of CIs').waitFor();
  await axe(page, 'a failing list');
  broken = false;
  await page.getByRole('button', { name: 'Try again' }).click();
  await page.locator('tbody tr').first().waitFor();
});

journey('a part of the program that does not arrive is said to be missing, and is fetched again', { as: demo.author }, async ({ page, first }) => {
  first.allow('net::ERR_FAILED', '/pkg/split_estate');
  first.allow('console', 'Failed to fetch');
  let broken = true;
  await page.route('**/pkg/split_estate*', (route) => (broken ? route.abort('failed') : route.continue()));
  await page.goto('/cmdb');
  await page.getByText('A part of Slipway did not arrive').waitFor();
  await axe(page, 'a missing part');
  broken = false;
  await page.getByRole('button', { name: 'Try again' }).click();
  await page.locator('tbody tr').first().waitFor();
});

journey('without a network the page says so, keeps what it shows, and comes back by itself', { as: demo.author, at: '/cmdb' }, async ({ page, first }) => {
  first.outage();
  await page.locator('tbody tr').first().waitFor();
  await first.context.setOffline(true);
  await page.getByText(/offline/i).first().waitFor();
  assert.ok((await page.locator('tbody tr').count()) > 0, 'rows stay');
  await axe(page, 'offline');
  await first.context.setOffline(false);
  await page.waitForFunction(() => !/Offline since/i.test(document.body.innerText));
});
