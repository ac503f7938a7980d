// Two releases in each other's way: where a planner sees it, why, and what is said when nothing is or nobody can tell.
import assert from 'node:assert/strict';
import { axe } from '../support/axe.js';
import { house, settled } from '../support/house.js';
import { demo } from '../support/people.js';
import { addStep, addTarget, registerDraft, stored } from '../support/plan.js';
import { shot } from '../support/shots.js';

const { journey } = house({ demo: true });

const tab = (page, name) => page.getByRole('navigation', { name: 'Parts of the release' }).getByRole('link', { name }).click();
const SWITCH = { search: 'ham1-1-a01-sw-a', name: 'ham1-1-a01-sw-a', action: 'Replace' };

journey('two releases meet at a switch, and both planners see where and why', { as: demo.author }, async ({ page, first, visit }) => {
  first.outage();
  const one = await registerDraft(page, { title: 'New switch in rack A01' });
  const panel = page.getByRole('region', { name: 'Clashes' });
  await panel.getByText('No other open release is planned for this time').waitFor();
  await addTarget(await addStep(page, 'Swap the switch'), SWITCH);
  await stored(page);

  await registerDraft(page, { title: 'New software for the switch', start: '2031-03-01T22:00', end: '2031-03-02T01:00' });
  await panel.getByText('1 other release is planned for this time; none works on what this one needs').waitFor();
  await addTarget(await addStep(page, 'Flash it'), SWITCH);
  await stored(page);
  await panel.getByRole('link', { name: /New switch in rack A01/ }).waitFor();
  await axe(page, 'a clash beside the plan');
  await panel.getByRole('link', { name: 'Where they meet, and why' }).click();
  await page.getByRole('heading', { name: '1 release in the way' }).waitFor();
  await panel.getByText('1 CI both work on').waitFor();
  await panel.getByText('both from 1 Mar 2031, 22:00 to 1 Mar 2031, 23:00').waitFor();
  await panel.getByText('Where, and why').click();
  await panel.getByText('Both releases work on it. Here: step 1 “Flash it”.').waitFor();
  await panel.getByRole('link', { name: 'ham1-1-a01-sw-a' }).waitFor();
  await axe(page, 'clashes');
  await panel.scrollIntoViewIfNeeded();
  await shot(page, 'clashes-desktop-light');
  const here = new URL(page.url());

  // Without the server nothing is claimed.
  await tab(page, 'Record');
  await first.context.setOffline(true);
  await tab(page, 'Impact');
  await panel.locator('[data-state="offline"]').waitFor();
  await first.context.setOffline(false);
  await panel.getByText('1 CI both work on').waitFor();

  // The other planner sees the same from the other side.
  const { page: other } = await visit({ as: demo.editor, at: `${one}?tab=impact`, screen: 'tablet', scheme: 'dark' });
  const theirs = other.getByRole('region', { name: 'Clashes' });
  await theirs.getByText('1 CI both work on').waitFor();
  await axe(other, 'clashes, dark');
  await theirs.scrollIntoViewIfNeeded();
  await shot(other, 'clashes-tablet-dark');
  await theirs.getByRole('link', { name: /New software for the switch/ }).click();
  await settled(other);
  assert.equal(new URL(other.url()).pathname, here.pathname);
});
