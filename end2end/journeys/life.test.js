// The whole life of a release with several people: drafted by one, authorised and closed by its requester, carried out, tested
// and accepted by others; back from acceptance; on hold; a second run.
import assert from 'node:assert/strict';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { axe } from '../support/axe.js';
import { house } from '../support/house.js';
import { demo } from '../support/people.js';
import { stepRow, stored } from '../support/plan.js';
import { press, stepIs } from '../support/run.js';
import { ask, carryOut, command, draftFor, inStage, more, next, show } from '../support/workflow.js';

const { journey } = house({ demo: true });
const folder = process.env.SLIPWAY_SCREENSHOTS;

async function shot(page, name) {
  if (!folder) return;
  await mkdir(folder, { recursive: true });
  await page.screenshot({ path: join(folder, `${name}.png`), animations: 'disabled' });
}

/** Who has it, as the page says. */
const withWhom = (page, text) => page.getByRole('region', { name: 'Workflow' }).locator('dl > div').filter({ hasText: /^With/ }).filter({ hasText: text }).waitFor();

/** The card of the workflow says so. */
const says = (page, text) => page.getByRole('region', { name: 'Workflow' }).getByText(text).first().waitFor();

/** A release that is at work: submitted by the author, authorised by the requester; answers its address. */
async function atWork(author, requester, title) {
  const at = await draftFor(author, { title, requester: demo.requester });
  await command(author, at, { command: 'submit' });
  await command(requester, at, { command: 'authorise' });
  return at;
}

journey('from draft to concluded, with an author, a requester, and who carries out, tests and accepts', { as: demo.colleague }, async ({ page, visit }) => {
  const author = page;
  const at = await draftFor(author, { title: 'Replace the switch of rack B02', requester: demo.requester });

  // Draft: its author submits it.
  await show(author, at);
  await author.getByRole('region', { name: 'Problems' }).getByText('Ready to submit').waitFor();
  await next(author, 'Submit');
  await author.getByRole('dialog', { name: 'Submit for authorisation' }).getByRole('button', { name: 'Submit it' }).click();
  await inStage(author, 'authorisation');
  await says(author, /waits for .*Carvalho \(requester\)/);

  // Authorisation: the requester gives the go-ahead for exactly this content.
  const requester = (await visit({ as: demo.requester, at })).page;
  await requester.getByRole('region', { name: 'Problems' }).getByText('Ready for your go-ahead').waitFor();
  await next(requester, 'Authorise');
  const go = requester.getByRole('dialog', { name: 'Authorise this release' });
  const { hash } = await ask(requester, 'GET', `/api/v1${at}`);
  await go.getByText(hash, { exact: true }).waitFor();
  await go.getByText('Takes with it').waitFor();
  await axe(requester, 'the authorise dialog');
  await go.getByRole('button', { name: 'Authorise it' }).click();
  await inStage(requester, 'execution');
  await requester.locator('.page-state .approvals [data-state="given"]').getByText(/Carvalho/).waitFor();

  // Execution: somebody of the group claims it, carries it out and sends it on.
  const executor = (await visit({ as: demo.technician, at, screen: 'tablet' })).page;
  await says(executor, 'nobody yet');
  await executor.getByRole('button', { name: 'More actions' }).click();
  const blocked = executor.locator('.page-menu [data-blocked]').filter({ hasText: 'Send to test' });
  await blocked.getByText('Step “Swap the switch” is not done. Do it, or record that it is left out.').waitFor();
  await axe(executor, 'the menu of actions');
  await shot(executor, 'release-menu-tablet-light');
  await executor.keyboard.press('Escape');
  await next(executor, 'Claim');
  await withWhom(executor, 'you');
  const problems = executor.getByRole('region', { name: 'Problems' });
  await problems.getByText('1 problem before it can be moved on').waitFor();
  await axe(executor, 'a release in execution');
  await executor.getByRole('link', { name: 'Run sheet' }).click();
  await press(executor, 'Start');
  await press(executor, 'Done');
  await stepIs(executor, 'Swap the switch', 'done');
  await show(executor, at);
  // The plan says it too, and so does paper.
  await stepRow(executor, 'Swap the switch').locator('.effect', { hasText: 'done' }).waitFor();
  await problems.getByText('Ready to be moved on').waitFor();
  await next(executor, 'Send to test');
  await executor.getByRole('dialog', { name: 'Send to test' }).getByRole('button', { name: 'Send to test' }).click();
  await inStage(executor, 'test');

  // Test: another group.
  const tester = (await visit({ as: demo.tester, at })).page;
  await next(tester, 'Claim');
  await withWhom(tester, 'you');
  await next(tester, 'Send to acceptance');
  await tester.getByRole('dialog', { name: 'Send to acceptance' }).getByRole('button', { name: 'Send to acceptance' }).click();
  await inStage(tester, 'acceptance');

  // Acceptance: with a closure code, stored together with it.
  const accepter = (await visit({ as: demo.author, at })).page;
  await next(accepter, 'Claim');
  // How it ended can be noted before, and corrected in place.
  await accepter.locator('.page-end summary').click();
  await accepter.locator('.page-end').getByLabel('Closure notes').fill('Almost a day.');
  await accepter.locator('.page-end').getByLabel('Closure notes').blur();
  await axe(accepter, 'how it ended');
  await next(accepter, 'Accept');
  const dialog = accepter.getByRole('dialog', { name: 'Accept this release' });
  assert.equal(await dialog.getByLabel('Closure notes').inputValue(), 'Almost a day.');
  await dialog.getByRole('button', { name: 'Accept it' }).click();
  await dialog.getByText('Choose a closure code.').waitFor();
  await axe(accepter, 'the acceptance dialog');
  await dialog.getByLabel('Closure code').selectOption({ label: 'Done as planned' });
  await dialog.getByLabel('Closure notes').fill('The new switch has run for a day.');
  await dialog.getByRole('button', { name: 'Accept it' }).click();
  await inStage(accepter, 'closure');
  // Nobody but the requester closes it.
  await accepter.getByRole('region', { name: 'Problems' }).getByText(/Whose turn it is: .*Carvalho/).waitFor();
  assert.equal(await accepter.locator('.page-primary').count(), 0);

  // Closure: by the requester only, who may correct how it ended until then.
  await inStage(requester, 'closure');
  await requester.locator('.page-end summary').click();
  const notes = requester.locator('.page-end').getByLabel('Closure notes');
  await notes.fill('The new switch has run for a day. Port 7 was reseated.');
  await notes.blur();
  await axe(requester, 'how it ended, before it is closed');
  await stored(requester);
  await next(requester, 'Close');
  const end = requester.getByRole('dialog', { name: 'Close this release' });
  await end.getByText('Done as planned').waitFor();
  await end.getByRole('button', { name: 'Close it' }).click();
  await requester.locator('.part-stage[data-disposition="concluded"]').waitFor();
  await says(requester, 'The new switch has run for a day. Port 7 was reseated.');
  await axe(requester, 'a concluded release');
  await show(requester, `${at}/print`);
  const paper = requester.locator('.page-print');
  for (const said of [/● done/, /Done as planned\..*The new switch has run for a day\./, /Closed.*Carvalho/, /Planned effort: /]) {
    await paper.filter({ hasText: said }).waitFor();
  }
  assert.equal(await paper.getByText('start ______').count(), 0);
  await axe(requester, 'a concluded release on paper');
  await author.locator('.part-stage[data-disposition="concluded"]').waitFor();
});

journey('that somebody could not go on with it is told before they get it, also offline, and they get it all the same', { as: demo.colleague }, async ({ page, visit }) => {
  const requester = (await visit({ as: demo.requester })).page;
  const at = await atWork(page, requester, 'Renew the patch panel');
  const executor = (await visit({ as: demo.technician })).page;
  await carryOut(executor, at);
  await command(executor, at, { command: 'forward' });
  const leading = await visit({ as: demo.author, at });
  leading.outage();
  leading.allow('console', 'Failed to fetch');
  const lead = leading.page;
  const text = 'Noor Haddad may not test releases of this type: they could not do what comes next.';
  await more(lead, 'Delegate');
  const give = lead.getByRole('dialog', { name: 'Give it to a person' });
  await give.getByLabel('Person').selectOption({ label: 'Noor Haddad' });
  await give.getByText(text).waitFor();
  await axe(lead, 'giving it to somebody who cannot go on');
  await shot(lead, 'release-delegate-desktop-light');
  // In the same words over the interface.
  const { people } = await ask(lead, 'GET', '/api/v1/directory');
  const noor = people.find((it) => it.name === 'Noor Haddad').id;
  const { actions } = await ask(lead, 'GET', `/api/v1${at}/actions?person=${noor}`);
  assert.deepEqual(actions.find((it) => it.action === 'delegate').warnings.map((it) => it.text), [text]);
  await give.getByRole('button', { name: 'Give it to them' }).click();
  await withWhom(lead, 'Noor Haddad');
  await stored(lead);
  // And without a network.
  await leading.context.setOffline(true);
  await lead.getByText(/offline/i).first().waitFor();
  await more(lead, 'Share');
  const share = lead.getByRole('dialog', { name: 'Who may look on' });
  await share.getByLabel('Share with').selectOption({ label: 'Group Data Centre Operations' });
  await share.getByText('Nobody in the group Data Centre Operations may test releases of this type: they look on, and no more.').waitFor();
  await leading.context.setOffline(false);
});

journey('found unresolved at acceptance, back through authorisation; closed, and reopened as a second run', { as: demo.colleague }, async ({ page, visit }) => {
  const requester = (await visit({ as: demo.requester })).page;
  const executor = (await visit({ as: demo.technician })).page;
  const tester = (await visit({ as: demo.tester })).page;
  const at = await atWork(page, requester, 'Move the backup server');
  await carryOut(executor, at);
  await command(executor, at, { command: 'forward' });
  await command(tester, at, { command: 'forward' });

  const accepter = (await visit({ as: demo.author, at })).page;
  await more(accepter, 'Unresolved');
  const dialog = accepter.getByRole('dialog', { name: 'Unresolved, back to authorisation' });
  await dialog.getByRole('button', { name: 'Send it back' }).click();
  await dialog.getByText('Say what did not work.').waitFor();
  await dialog.getByLabel('Reason').fill('Restores fail on the new machine.');
  await dialog.getByRole('button', { name: 'Send it back' }).click();
  await inStage(accepter, 'authorisation');

  // Who authorises reads why, and that nothing in the plan changed.
  await show(requester, at);
  await requester.getByText(/found it unresolved in acceptance/).waitFor();
  await requester.getByText('Restores fail on the new machine.').first().waitFor();
  await next(requester, 'Authorise');
  const since = requester.getByRole('region', { name: 'Since the last go-ahead' });
  await since.getByText('The content is exactly what was authorised then.').waitFor();
  await axe(requester, 'authorising again');
  await requester.getByRole('button', { name: 'Authorise it' }).click();
  await inStage(requester, 'execution');
  await stored(requester);

  await command(executor, at, { command: 'forward' });
  await command(tester, at, { command: 'forward' });
  const set = (field, value) => command(accepter, at, { command: 'set', field, value });
  await set('closure_code', 'with_deviations');
  await set('release_date', '2026-11-20T10:00:00Z');
  await command(accepter, at, { command: 'accept' });
  await inStage(requester, 'closure');
  await next(requester, 'Close');
  await requester.getByRole('button', { name: 'Close it' }).click();
  await requester.locator('.part-stage[data-disposition="concluded"]').waitFor();

  await more(requester, 'Reopen');
  await requester.getByLabel('Reason').fill('It was the wrong machine.');
  await requester.getByRole('button', { name: 'Reopen it' }).click();
  await inStage(requester, 'authorisation');
  await says(requester, /Run 2/);
  await requester.getByRole('link', { name: 'History' }).click();
  await requester.getByText('reopened it, run 2').waitFor();
});

journey('on hold with a reason, and resumed where it was', { as: demo.colleague }, async ({ page, visit }) => {
  const requester = (await visit({ as: demo.requester })).page;
  const at = await atWork(page, requester, 'Exchange the power supply');
  const executor = (await visit({ as: demo.technician, at, screen: 'tablet', scheme: 'dark' })).page;
  await more(executor, 'Put on hold');
  const dialog = executor.getByRole('dialog', { name: 'Put it on hold' });
  await dialog.getByRole('button', { name: 'Put it on hold' }).click();
  await dialog.getByText('Choose why it waits.').waitFor();
  await dialog.getByLabel('Reason').selectOption({ label: 'Waiting for parts' });
  await dialog.getByLabel('Note').fill('The vendor ships on Tuesday.');
  await axe(executor, 'the hold dialog');
  await dialog.getByRole('button', { name: 'Put it on hold' }).click();
  await executor.locator('.part-stage[data-disposition="on_hold"]').waitFor();
  await says(executor, 'The vendor ships on Tuesday.');
  await axe(executor, 'a release on hold');
  // Who looks on sees why, and that nothing can be done meanwhile.
  await show(page, at);
  await says(page, 'Waiting for parts.');
  await page.getByRole('region', { name: 'Problems' }).getByText(/the right to resume/).waitFor();

  await next(executor, 'Resume');
  const resume = executor.getByRole('dialog', { name: 'Resume it in execution' });
  await resume.getByText(/of working time; it is due after as much again/).waitFor();
  await resume.getByRole('button', { name: 'Resume it' }).click();
  await executor.locator('.part-stage[data-stage="execution"][data-disposition="active"]').waitFor();
  const { release, figures } = await ask(executor, 'GET', `/api/v1${at}`);
  assert.equal(release.stage, 'execution');
  // It was held for less than a minute.
  assert.ok(Math.abs(new Date(figures.due) - new Date('2031-03-01T23:00:00Z')) < 120_000, figures.due);
});

journey('two claim it at the same time: one wins, the other is told who', { as: demo.colleague }, async ({ page, visit }) => {
  const requester = (await visit({ as: demo.requester })).page;
  const at = await atWork(page, requester, 'Claimed by two');
  const one = await visit({ as: demo.technician, at });
  const other = await visit({ as: demo.runner, at, screen: 'tablet' });
  other.outage();
  other.allow('console', 'Failed to fetch');
  await other.page.locator('.page-primary').getByRole('button', { name: 'Claim' }).waitFor();
  // The other has no network for a moment: what they do is kept on the device, and decided later.
  await other.context.setOffline(true);
  await next(other.page, 'Claim');
  await withWhom(other.page, 'you');
  await next(one.page, 'Claim');
  await withWhom(one.page, 'you');
  await stored(one.page);
  await other.context.setOffline(false);
  const card = other.page.getByRole('alert').filter({ hasText: 'Not stored: Claim it' });
  await card.getByText(/Sam Whitfield has it\./).waitFor();
  await withWhom(other.page, 'Sam Whitfield');
  await axe(other.page, 'a claim that was lost');
  // Taking it over is asked for by name.
  await more(other.page, 'Claim');
  const dialog = other.page.getByRole('dialog', { name: 'Claim it from somebody else' });
  await dialog.getByText(/Sam Whitfield has it\./).waitFor();
  await dialog.getByRole('button', { name: 'Claim it' }).click();
  await withWhom(one.page, 'Aiko Tanaka');
});

journey('without a network: forward and hold wait on the device, authorise and accept say why they cannot', { as: demo.colleague }, async ({ page, visit }) => {
  const asked = await draftFor(page, { title: 'Asked without a network', requester: demo.requester });
  await command(page, asked, { command: 'submit' });
  const requester = await visit({ as: demo.requester, at: asked });
  requester.outage();
  // Parts of the program that are fetched ahead may still be under way when the network goes.
  requester.allow('console', 'Failed to fetch');
  await requester.page.getByRole('button', { name: 'Authorise' }).waitFor();
  await requester.context.setOffline(true);
  await requester.page.locator('.page-primary').getByText(/^Needs the server: it decides on exactly what is stored there/).waitFor();
  // An answer that was under way when the network went may say once more that the server is there.
  await requester.page.locator('.page-primary button[aria-disabled="true"]').filter({ hasText: 'Authorise' }).waitFor();
  await axe(requester.page, 'a decision without a network');
  await requester.context.setOffline(false);
  await requester.page.locator('.page-primary .ui-reason').waitFor({ state: 'detached' });

  const done = await atWork(page, requester.page, 'Moved on without a network');
  const executor = await visit({ as: demo.technician, at: done, screen: 'tablet' });
  executor.outage();
  executor.allow('console', 'Failed to fetch');
  await carryOut(executor.page, done);
  await show(executor.page, done);
  await next(executor.page, 'Claim');
  await withWhom(executor.page, 'you');
  await executor.page.locator('.page-primary').getByRole('button', { name: 'Send to test' }).waitFor();
  await executor.context.setOffline(true);
  await next(executor.page, 'Send to test');
  await executor.page.getByRole('dialog').getByRole('button', { name: 'Send to test' }).click();
  await inStage(executor.page, 'test');
  await more(executor.page, 'Put on hold');
  await executor.page.getByLabel('Reason').selectOption({ label: 'Waiting for the requester' });
  await executor.page.getByRole('dialog').getByRole('button', { name: 'Put it on hold' }).click();
  await executor.page.locator('.part-stage[data-disposition="on_hold"]').waitFor();
  const there = () => ask(page, 'GET', `/api/v1${done}`);
  assert.equal((await there()).stage, 'execution');
  await executor.context.setOffline(false);
  await executor.page.waitForFunction(() => document.querySelector('.frame-standing[data-standing="online"]'));
  await show(page, done);
  await page.locator('.part-stage[data-stage="test"][data-disposition="on_hold"]').waitFor();
  const { release } = await there();
  assert.equal(release.course.hold.reason, 'requester');
});

journey('handed over, shared, scheduled, moved to other dates: the go-ahead is void and asked for again', { as: demo.colleague }, async ({ page, visit }) => {
  const requester = (await visit({ as: demo.requester })).page;
  const at = await atWork(page, requester, 'Handed around');
  const lead = (await visit({ as: demo.technician, at, screen: 'tablet' })).page;
  const dialog = lead.getByRole('dialog');

  await more(lead, 'Delegate');
  await dialog.getByLabel('Person').selectOption({ label: 'Aiko Tanaka' });
  await axe(lead, 'the delegate dialog');
  await dialog.getByRole('button', { name: 'Give it to them' }).click();
  await withWhom(lead, 'Aiko Tanaka');

  await more(lead, 'Share');
  await dialog.getByLabel('Share with').selectOption({ label: 'Group Databases' });
  await dialog.getByRole('button', { name: 'Share it' }).click();
  await dialog.locator('.page-shared').getByText('Group Databases', { exact: true }).first().waitFor();
  await axe(lead, 'the share dialog');
  await lead.keyboard.press('Escape');
  await says(lead, 'Databases');

  await more(lead, 'Schedule');
  await dialog.getByLabel('Instruction').fill('Be at rack B02 with the new supply.');
  await dialog.getByLabel('Minutes').fill('45');
  await axe(lead, 'the schedule dialog');
  await dialog.getByRole('button', { name: 'Schedule it' }).click();
  await says(lead, /Be at rack B02 with the new supply/);

  await more(lead, 'Change group');
  await dialog.getByLabel('Group').selectOption({ label: 'Network' });
  await dialog.getByRole('button', { name: 'Give it to the group' }).click();
  await withWhom(lead, 'Network');
  await withWhom(lead, 'nobody yet');

  // Other dates: whoever may move them is told what that costs.
  await show(requester, at);
  await more(requester, 'Move dates');
  const dates = requester.getByRole('dialog', { name: 'Move the planned dates' });
  await dates.getByText(/it becomes void, and is asked for again/).waitFor();
  await dates.getByLabel('Planned end').fill('2031-02-01T10:00');
  await dates.getByRole('button', { name: 'Move them' }).click();
  await dates.getByText(/Too early: the steps need 10 min/).waitFor();
  await axe(requester, 'the dialog of dates');
  await dates.getByLabel('Planned start').fill('2031-03-02T21:00');
  await dates.getByLabel('Planned end').fill('2031-03-03T01:00');
  await dates.getByRole('button', { name: 'Move them' }).click();
  await says(requester, /void since/);
  await lead.getByRole('region', { name: 'Problems' }).getByText(/The go-ahead is void since the dates were moved/).waitFor();
  await next(requester, 'Authorise');
  const since = requester.getByRole('region', { name: 'Since the last go-ahead' });
  await since.getByText(/That is void since/).waitFor();
  await since.getByText(/moved the dates; the go-ahead is void/).waitFor();
  await requester.getByRole('button', { name: 'Authorise it' }).click();
  await requester.getByRole('dialog', { name: 'Authorise this release' }).waitFor({ state: 'hidden' });
  await lead.getByText(/The go-ahead is void since the dates were moved/).waitFor({ state: 'detached' });
});

journey('an administrator asks why somebody can or cannot', { as: demo.admin }, async ({ page, visit }) => {
  const author = (await visit({ as: demo.colleague })).page;
  const at = await draftFor(author, { title: 'Why not', requester: demo.requester });
  await command(author, at, { command: 'submit' });
  await show(page, at);
  await more(page, 'Why can I (not)?');
  const dialog = page.getByRole('dialog', { name: 'Why can I (not)?' });
  await dialog.getByLabel('Person').selectOption({ label: 'Sam Whitfield' });
  const row = (name) => dialog.locator('.page-why > li').filter({ has: page.getByText(name, { exact: true }) });
  await row('Withdraw').getByText(/Only its author does this.*Priya Raman/).waitFor();
  await row('Put on hold').getByText(/^✓\s*can$/).waitFor();
  await axe(page, 'why somebody cannot');
  await shot(page, 'release-why-desktop-light');
});
