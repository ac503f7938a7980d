// Administration: an administrator makes what is needed for somebody new, and everybody sees what is theirs to see.
import assert from 'node:assert/strict';
import { axe } from '../support/axe.js';
import { house, settled, signIn } from '../support/house.js';
import { demo } from '../support/people.js';
import { shot } from '../support/shots.js';
import { ask, command, draftFor } from '../support/workflow.js';

const { journey } = house({ demo: true });

/** Opens the form for a new record. */
async function add(page, register) {
  await page.goto(`/admin/${register}/new`);
  await settled(page);
}

/** Saves the form and waits until the record is there, under `title`. */
async function save(page, title) {
  await page.getByRole('button', { name: 'Save', exact: true }).click();
  await page.getByRole('heading', { level: 1, name: title, exact: true }).waitFor();
  await page.getByText('Nothing is changed').waitFor();
  await settled(page);
}

/** Picks `name` in the search field `label`. */
async function pick(page, label, name) {
  const field = page.getByRole('combobox', { name: label, exact: true });
  await field.fill(name);
  await page.getByRole('option', { name }).first().click();
  await page.getByRole('list', { name: label }).getByText(name).waitFor();
}

/** Whether an action is open to whoever asked. */
const may = ({ actions }, action) => actions.find((it) => it.action === action).allowed;

const newcomer = { login: 'nadia', password: undefined };

journey('a unit, a contract, a group with rights and somebody in it', { as: demo.admin }, async ({ page, visit }) => {
  await page.getByRole('navigation', { name: 'Main' }).getByRole('link', { name: 'Admin' }).click();
  await page.getByRole('heading', { level: 1, name: 'Administration' }).waitFor();
  await axe(page, 'the overview');

  await add(page, 'units');
  await page.getByRole('button', { name: 'Save', exact: true }).waitFor();
  await page.getByLabel('Kind').fill('department');
  await page.getByRole('button', { name: 'Save', exact: true }).click();
  await page.getByText('is needed').waitFor();
  await axe(page, 'a form with an error');
  assert.ok(await page.getByLabel('Name').evaluate((it) => it === document.activeElement), 'the focus is where something is wrong');
  await page.getByLabel('Name').fill('Branch Kiel');
  await save(page, 'Branch Kiel');

  await add(page, 'groups');
  await page.getByLabel('Name').fill('Kiel crew');
  await save(page, 'Kiel crew');

  await add(page, 'contracts');
  await page.getByLabel('Name').fill('Kiel operations');
  await page.getByLabel('Number').fill('K-17');
  await pick(page, 'Units', 'Branch Kiel');
  await pick(page, 'Groups', 'Kiel crew');
  await save(page, 'Kiel operations');

  await page.goto('/admin/groups');
  await page.getByRole('link', { name: 'Kiel crew' }).click();
  await page.getByText('Kiel operations').waitFor();
  await page.getByRole('link', { name: 'Rights of this group' }).click();
  await page.getByRole('heading', { level: 1, name: 'Rights' }).waitFor();
  await settled(page);
  assert.equal(await page.getByLabel('Group').locator('option:checked').innerText(), 'Kiel crew');
  await page.getByLabel('View: all types').check();
  // By keyboard: one box down, give the right.
  await page.getByLabel('View: all types').focus();
  await page.keyboard.press('ArrowDown');
  await page.keyboard.press('Space');
  assert.ok(await page.getByLabel('Create: all types').isChecked());
  const preview = page.getByRole('region', { name: 'What will change' });
  await preview.getByText('2 changes, not saved yet').waitFor();
  await axe(page, 'rights with changes');
  await preview.getByRole('button', { name: 'Save' }).click();
  await page.getByText('Saved the rights of Kiel crew').waitFor();
  await page.getByRole('button', { name: 'Undo' }).click();
  await page.getByText('The rights are as they were before').waitFor();
  assert.ok(!(await page.getByLabel('View: all types').isChecked()), 'undone');
  await page.getByLabel('View: all types').check();
  await page.getByLabel('Create: all types').check();
  await preview.getByRole('button', { name: 'Save' }).click();
  await preview.waitFor({ state: 'hidden' });

  await add(page, 'users');
  await page.getByLabel('Name', { exact: false }).first().fill('Nadia Petersen');
  await page.getByLabel('Sign-in name').fill(newcomer.login);
  await page.getByRole('button', { name: 'Suggest one' }).click();
  newcomer.password = await page.getByLabel('First password').inputValue();
  assert.match(newcomer.password, /^([a-z2-9]{4}-){4}[a-z2-9]{4}$/);
  await page.getByLabel('Unit').selectOption({ label: 'Branch Kiel' });
  await pick(page, 'Groups', 'Kiel crew');
  await page.getByLabel('sees the CMDB').check();
  await save(page, 'Nadia Petersen');
  await axe(page, 'a person');

  // The new person can do exactly that.
  const { page: hers, ...her } = await visit({ as: undefined, at: '/' });
  her.allow(401, '/api/');
  her.allow(403, '/api/v1/admin/');
  await signIn(hers, newcomer);
  const rail = hers.getByRole('navigation', { name: 'Main' });
  await rail.getByRole('link', { name: 'CMDB' }).waitFor();
  assert.equal(await rail.getByRole('link', { name: 'Admin' }).count(), 0);
  assert.equal(await rail.getByRole('link', { name: 'Import' }).count(), 0);
  await hers.goto('/releases');
  await settled(hers);
  await hers.getByRole('link', { name: 'New release' }).first().waitFor();
  for (const at of ['/admin', '/admin/users', '/admin/rights', '/admin/audit']) {
    await hers.goto(at);
    await hers.getByText('Not for your account').waitFor();
  }
  await axe(hers, 'no permission');
});

journey('what two tabs change meets, field by field', { as: demo.admin, at: '/admin/units' }, async ({ page, first, visit }) => {
  first.allow(409, '/api/v1/admin/units');
  await page.getByRole('link', { name: 'Branch Kiel' }).click();
  await page.getByRole('heading', { level: 1, name: 'Branch Kiel' }).waitFor();
  await settled(page);
  const { page: other } = await visit({ at: new URL(page.url()).pathname });
  await other.getByLabel('Location').fill('Harbour 3');
  await other.getByLabel('Kind').fill('branch');
  await save(other, 'Branch Kiel');

  await page.getByLabel('Location').fill('Market 1');
  await page.getByRole('button', { name: 'Save', exact: true }).click();
  const met = page.getByRole('region', { name: 'Changed by somebody else' });
  await met.getByText('Mara Lindqvist changed this after you opened it').waitFor();
  await met.getByText('Harbour 3').waitFor();
  await met.getByText('Market 1').waitFor();
  await met.getByText('Taken over, because you had not touched it: Kind').waitFor();
  assert.equal(await page.getByLabel('Kind').inputValue(), 'branch');
  await page.getByText('Decide 1 field above first').waitFor();
  await axe(page, 'a stale edit');
  await met.getByRole('button', { name: 'Use mine' }).click();
  await save(page, 'Branch Kiel');
  await other.reload();
  await settled(other);
  assert.equal(await other.getByLabel('Location').inputValue(), 'Market 1');
  assert.equal(await other.getByLabel('Kind').inputValue(), 'branch');

  // What was typed and not saved is there again after a look elsewhere.
  await page.getByLabel('Location').fill('Half a sent');
  await page.getByRole('navigation', { name: 'Administration' }).getByRole('link', { name: 'Groups' }).click();
  await page.getByRole('heading', { level: 1, name: 'Groups' }).waitFor();
  await page.goBack();
  await page.getByText('What you typed here before and did not save is back').waitFor();
  assert.equal(await page.getByLabel('Location').inputValue(), 'Half a sent');
  await page.getByRole('button', { name: 'Discard it' }).click();
  assert.equal(await page.getByLabel('Location').inputValue(), 'Market 1');
});

journey('a calendar, a checklist template and a type are made, and a release goes by them', { as: demo.admin }, async ({ page }) => {
  await add(page, 'calendars');
  await page.getByRole('textbox', { name: 'Name' }).first().fill('Night shift');
  const kinds = page.getByRole('group', { name: 'Kinds of day' });
  const kind = kinds.getByRole('group', { name: 'Kinds of day, 1' });
  await kind.getByRole('textbox', { name: 'Name' }).fill('Night');
  await kind.getByLabel('From, interval 1').fill('22:00');
  await kind.getByLabel('To, interval 1').fill('21:00');
  await kind.getByText('The end must be after the beginning').waitFor();
  await axe(page, 'hours that end before they begin');
  await kind.getByLabel('To, interval 1').fill('00:00');
  await kind.getByLabel('From, interval 2').fill('23:00');
  await kind.getByLabel('To, interval 2').fill('23:30');
  await kind.getByText('It begins before the hours above it end').waitFor();
  await kind.getByRole('button', { name: 'Take interval 2 away' }).click();
  for (const number of [2, 3, 4, 5]) {
    await kind.getByRole('button', { name: 'Add hours' }).click();
    await kind.getByLabel(`From, interval ${number}`).waitFor();
    assert.equal(await kind.getByLabel(`From, interval ${number}`).inputValue(), '');
  }
  await kind.getByText('A day has at most 5 intervals').waitFor();
  for (const number of [5, 4, 3, 2]) await kind.getByRole('button', { name: `Take interval ${number} away` }).click();
  for (const day of ['Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday']) await page.getByRole('combobox', { name: day }).selectOption('Night');
  await page.locator('.page-admin-days').getByText('22:00-24:00').first().waitFor();
  await axe(page, 'a calendar');
  await shot(page, 'calendar-desktop-light');
  await save(page, 'Night shift');

  await add(page, 'checklist-templates');
  await page.getByRole('textbox', { name: 'Title' }).fill('Before the night');
  await page.getByRole('textbox', { name: 'Key' }).fill('before-the-night');
  await page.getByRole('button', { name: 'Add to Groups of questions' }).click();
  await page.getByLabel('Heading', { exact: true }).fill('People');
  await page.getByRole('button', { name: 'Add to Questions' }).click();
  await page.getByLabel('Question', { exact: true }).fill('Is somebody on the phone?');
  await page.getByRole('combobox', { name: 'Answered' }).selectOption('yes_no');
  await axe(page, 'a checklist template');
  await save(page, 'Before the night');

  await add(page, 'types');
  await page.getByRole('textbox', { name: 'Name' }).fill('Night work');
  await page.getByRole('textbox', { name: 'Key' }).fill('night_work');
  await page.getByRole('combobox', { name: 'Calendar' }).selectOption({ label: 'Night shift' });
  await pick(page, 'Checklists', 'Before the night');
  await axe(page, 'a type');
  await save(page, 'Night work');

  // A release of this type has the checklist to fill in, and is due by the hours of the night.
  const directory = await ask(page, 'GET', '/api/v1/directory');
  const kindOfNight = directory.release_types.find((it) => it.key === 'night_work');
  assert.equal(directory.calendars.find((it) => it.id === kindOfNight.calendar).calendar.name, 'Night shift');
  const at = await draftFor(page, { title: 'Swap it at night', requester: demo.admin, type: 'night_work' });
  await page.goto(`${at}?tab=checklists`);
  await settled(page);
  await page.getByLabel('Add a checklist').selectOption({ label: 'Before the night (1 question)' });
  await page.getByRole('button', { name: 'Add', exact: true }).click();
  await page.locator('.part-checklist').getByText('Is somebody on the phone?').first().waitFor();
});

journey('somebody stands in for somebody else, and acts for them', { as: demo.admin }, async ({ page, visit }) => {
  const at = await draftFor(page, { title: 'While she is away', requester: demo.requester });
  await command(page, at, { command: 'submit' });

  // Whoever stands in for nobody cannot authorise it for the requester.
  const { page: his } = await visit({ as: demo.runner, at });
  const before = await ask(his, 'GET', `/api/v1${at}/actions`);
  assert.ok(!may(before, 'authorise'));

  await add(page, 'substitutes');
  const directory = await ask(page, 'GET', '/api/v1/directory');
  const named = (login) => directory.people.find((it) => it.login === login).name;
  await pick(page, 'Who is away', named(demo.requester.login));
  await pick(page, 'Who stands in', named(demo.runner.login));
  const today = new Date().toISOString().slice(0, 10);
  await page.getByLabel(/^From/).fill(`${today}T00:00`);
  await page.getByLabel(/^Until/).fill('2031-12-31T00:00');
  await axe(page, 'a substitution');
  await page.getByRole('button', { name: 'Save', exact: true }).click();
  await page.getByText('Nothing is changed').waitFor();

  await his.reload();
  await settled(his);
  assert.ok(may(await ask(his, 'GET', `/api/v1${at}/actions`), 'authorise'));
  await command(his, at, { command: 'authorise' });
  await page.goto(`${at}?tab=history`);
  await page.getByText('on behalf of').first().waitFor();
});

journey('a leader says who belongs to the group, and nothing else', { as: demo.admin, at: '/admin/groups' }, async ({ page, visit }) => {
  await page.getByRole('link', { name: 'Kiel crew' }).click();
  await page.getByRole('heading', { level: 1, name: 'Kiel crew' }).waitFor();
  await settled(page);
  await pick(page, 'Leader', 'Nadia');
  await save(page, 'Kiel crew');

  const { page: hers, ...her } = await visit({ as: undefined, at: '/' });
  her.allow(401, '/api/');
  await signIn(hers, newcomer);
  await hers.getByRole('navigation', { name: 'Main' }).getByRole('link', { name: 'Admin' }).click();
  await hers.getByRole('navigation', { name: 'Administration' }).getByRole('link', { name: 'Groups' }).click();
  await hers.getByRole('heading', { level: 1, name: 'Groups' }).waitFor();
  await settled(hers);
  assert.deepEqual(await hers.locator('tbody th a').allInnerTexts(), ['Kiel crew']);
  assert.equal(await hers.getByRole('link', { name: /^Add/ }).count(), 0);
  await hers.getByRole('link', { name: 'Kiel crew' }).click();
  await hers.getByRole('heading', { level: 1, name: 'Kiel crew' }).waitFor();
  await settled(hers);
  assert.equal(await hers.getByRole('textbox', { name: /^Name/ }).count(), 0, 'the name is shown, not asked');
  assert.equal(await hers.getByRole('button', { name: 'Retire' }).count(), 0);
  await pick(hers, 'Members', 'Sam');
  await save(hers, 'Kiel crew');
  await axe(hers, 'a group for its leader');
});

journey('what is retired is named as such, and comes back', { as: demo.admin, at: '/admin/groups' }, async ({ page }) => {
  await page.getByRole('link', { name: 'Kiel crew' }).click();
  await page.getByRole('heading', { level: 1, name: 'Kiel crew' }).waitFor();
  await page.getByRole('button', { name: 'Retire', exact: true }).click();
  const sure = page.getByRole('dialog', { name: 'Retire Kiel crew?' });
  await sure.getByText('still named wherever it was').waitFor();
  await axe(page, 'the question');
  await sure.getByRole('button', { name: 'Retire Kiel crew' }).click();
  await page.getByText('Kiel crew is retired').waitFor();

  await page.goto('/admin/groups?q=kiel');
  await page.getByText('Nothing matches').waitFor();
  await page.getByLabel('Also retired ones').check();
  await page.waitForURL(/retired=1/);
  await page.getByRole('row', { name: /Kiel crew\s+retired/ }).waitFor();
  await axe(page, 'a list with what is retired');

  await page.goto('/admin/users?q=nadia');
  await page.getByRole('row', { name: /Nadia Petersen.*Kiel crew \(retired\)/ }).waitFor();

  await page.goto('/admin/groups?q=kiel&retired=1');
  await page.getByRole('link', { name: 'Kiel crew' }).click();
  await page.getByRole('button', { name: 'Put back into use' }).click();
  await page.getByText('Kiel crew is in use again').waitFor();
  await page.getByRole('button', { name: 'Retire', exact: true }).waitFor();
});

journey('a new password is shown once and counts', { as: demo.admin, at: '/admin/users?q=nadia' }, async ({ page, first, visit }) => {
  first.allow(422, '/password');
  await page.getByRole('link', { name: 'Nadia Petersen' }).click();
  await page.getByRole('button', { name: 'Set a new password' }).click();
  const dialog = page.getByRole('dialog', { name: 'Set a new password' });
  await dialog.getByLabel('New password').fill('short');
  await dialog.getByRole('button', { name: 'Set the password' }).click();
  await dialog.locator('[data-invalid]').waitFor();
  await dialog.getByRole('button', { name: 'Suggest one' }).click();
  await dialog.getByRole('button', { name: 'Set the password' }).click();
  await dialog.getByText('It is shown only now').waitFor();
  newcomer.password = (await dialog.locator('.page-admin-once .mono').innerText()).trim();
  await axe(page, 'the new password');
  const { page: hers, ...her } = await visit({ as: undefined, at: '/' });
  her.allow(401, '/api/');
  await signIn(hers, newcomer);
});

journey('the audit says who did what, and how it was before', { as: demo.admin, at: '/admin/audit' }, async ({ page }) => {
  await settled(page);
  await page.getByLabel('Register').selectOption({ label: 'Units' });
  await page.waitForURL(/register=units/);
  const entry = page.locator('.page-admin-audit > li').filter({ hasText: 'Mara Lindqvist changed Branch Kiel' }).first();
  await entry.getByRole('row', { name: /Location\s+Harbour 3\s+Market 1/ }).waitFor();
  await axe(page, 'the audit');
  await page.getByLabel('Register').selectOption({ label: 'Groups' });
  await page.locator('.page-admin-audit > li').filter({ hasText: 'Nadia Petersen changed Kiel crew' }).first().waitFor();
  await page.getByLabel('Search', { exact: true }).fill('there is no such thing');
  await page.getByText('No change matches').waitFor();
  await page.getByRole('button', { name: 'Take all filters off' }).click();
  await page.waitForURL((url) => url.search === '');
});

journey('administration needs the network, and says so', { as: demo.admin, at: '/admin/units' }, async ({ page, first }) => {
  first.outage();
  await page.getByRole('link', { name: 'Branch Kiel' }).click();
  await page.getByRole('heading', { level: 1, name: 'Branch Kiel' }).waitFor();
  await settled(page);
  await page.getByLabel('Location').fill('Written without a network');
  await first.context.setOffline(true);
  await page.getByText('Administration needs the network').waitFor();
  await page.getByText('Needs the network', { exact: true }).first().waitFor();
  await axe(page, 'offline');
  await first.context.setOffline(false);
  await page.getByText('Administration needs the network').waitFor({ state: 'hidden' });
  await save(page, 'Branch Kiel');
});

for (const [screen, scheme] of [['tablet', 'dark'], ['phone', 'light']]) {
  journey(`every page of administration, ${screen}, ${scheme}`, { as: demo.admin, screen, scheme }, async ({ page }) => {
    const pages = ['', '/users', '/users/new', '/groups', '/units', '/contracts/new', '/substitutes/new', '/categories', '/types', '/types/standard', '/calendars/new', '/checklist-templates', '/checklist-templates/new', '/mail-templates', '/mail-templates/new', '/mail', '/rights', '/tokens', '/audit'];
    for (const at of pages.map((it) => `/admin${it}`)) {
      await page.goto(at);
      await settled(page);
      assert.equal(await page.locator('h1').count(), 1, at);
      const overflow = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
      assert.ok(overflow <= 0, `${at} scrolls sideways by ${overflow} px`);
      await axe(page, `${at} (${scheme}, ${screen})`);
    }
  });
}
