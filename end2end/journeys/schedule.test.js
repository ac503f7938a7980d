// The week: windows of releases and the work in the calendars of groups, by week and group, all of it in the address.
import assert from 'node:assert/strict';
import { axe } from '../support/axe.js';
import { house, settled } from '../support/house.js';
import { demo } from '../support/people.js';
import { shot } from '../support/shots.js';
import { ask, command, draftFor, show } from '../support/workflow.js';

const { journey } = house({ demo: true });

const day = (page, name) => page.getByRole('region', { name, exact: true });

journey('a week shows what is planned on each day, and for whom', { as: demo.author }, async ({ page, first, visit }) => {
  first.outage();
  // Saturday, 1 March 2031, 21:00 to midnight here.
  const at = await draftFor(page, { title: 'Swap the core switch', requester: demo.author });
  await page.getByRole('navigation', { name: 'Main' }).getByRole('link', { name: 'Schedule' }).click();
  await page.getByRole('heading', { level: 1, name: 'Schedule' }).waitFor();
  await settled(page);
  await axe(page, 'this week');

  await show(page, '/schedule?week=2031-02-26');
  await page.getByRole('heading', { name: 'Week 9: 24 Feb to 2 Mar 2031' }).waitFor();
  const saturday = day(page, 'Saturday, 1 March');
  await saturday.getByRole('link', { name: 'Swap the core switch' }).waitFor();
  await saturday.getByText('21:00 to 00:00').waitFor();
  await saturday.getByText('Data Centre Operations').waitFor();
  assert.equal(await day(page, 'Sunday, 2 March').getByRole('link').count(), 0, 'what ends at midnight is not on the next day');
  await axe(page, 'a week');
  await shot(page, 'schedule-desktop-light');

  // Longer than a day: on each of its days, and in the next week.
  await command(page, at, { command: 'set', field: 'planned_end', value: '2031-03-03T04:00:00Z' });
  await saturday.getByText('from 21:00').waitFor();
  await day(page, 'Sunday, 2 March').getByText('all day').waitFor();
  await page.getByRole('link', { name: 'Later' }).click();
  await page.getByRole('heading', { name: 'Week 10: 3 Mar to 9 Mar 2031' }).waitFor();
  await day(page, 'Monday, 3 March').getByText('until 05:00').waitFor();
  assert.match(page.url(), /week=2031-03-03/);
  await page.goBack();
  await saturday.waitFor();

  // By group; the address says which.
  const groups = page.getByLabel('Group');
  await groups.selectOption({ label: 'Data Centre Operations' });
  await page.waitForURL(/group=/);
  await saturday.getByRole('link', { name: 'Swap the core switch' }).waitFor();
  await groups.selectOption({ label: 'No group' });
  await page.getByText('Nothing of this group').waitFor();
  await axe(page, 'nothing of this group');
  await groups.selectOption({ label: 'All groups' });
  await saturday.waitFor();

  // By keyboard: to the next week.
  await page.getByRole('link', { name: 'Later' }).focus();
  await page.keyboard.press('Enter');
  await page.getByRole('heading', { name: 'Week 10' }).waitFor();
  await page.getByRole('link', { name: 'This week' }).click();
  await page.waitForURL((url) => !url.searchParams.has('week'));

  // Work in the calendar of a group.
  await command(page, at, { command: 'submit' });
  await command(page, at, { command: 'authorise' });
  const { page: lead } = await visit({ as: demo.admin, at });
  const { release } = await ask(lead, 'GET', `/api/v1${at}`);
  const activity = { group: release.fields.assignment_group.value, instruction: 'Be there with two people', at: '2031-03-01T20:30:00Z', minutes: 90 };
  await command(lead, at, { command: 'schedule', activity });

  const { page: wide } = await visit({ at: '/schedule?week=2031-03-01', screen: 'tablet', scheme: 'dark' });
  await day(wide, 'Saturday, 1 March').getByRole('link', { name: 'Swap the core switch' }).first().waitFor();
  await day(wide, 'Saturday, 1 March').getByText('Be there with two people').waitFor();
  await day(wide, 'Saturday, 1 March').getByText('21:30 to 23:00').waitFor();
  await axe(wide, 'a week, dark');
  await shot(wide, 'schedule-tablet-dark');
  const { page: small } = await visit({ at: '/schedule?week=2031-03-01', screen: 'phone' });
  await day(small, 'Saturday, 1 March').getByRole('link', { name: 'Swap the core switch' }).first().waitFor();
  const overflow = await small.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
  assert.ok(overflow <= 0, `scrolls sideways by ${overflow} px`);
  await axe(small, 'a week on a phone');
  await shot(small, 'schedule-phone-light');

  // Without the server: what is on this device.
  await show(page, '/schedule?week=2031-03-01');
  await saturday.getByRole('link', { name: 'Swap the core switch' }).first().waitFor();
  await first.context.setOffline(true);
  await page.getByRole('link', { name: 'Later' }).click();
  await page.getByText('These are the releases on this device').waitFor();
  await day(page, 'Monday, 3 March').getByRole('link', { name: 'Swap the core switch' }).waitFor();
  await axe(page, 'a week offline');
  await first.context.setOffline(false);
  await page.getByText('These are the releases on this device').waitFor({ state: 'hidden' });

  await page.goto('/schedule?week=2031-07-01');
  await page.getByText('Nothing is planned in this week').waitFor();
  await axe(page, 'nothing planned');
});
