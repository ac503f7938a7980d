// Pictures of the main pages for the documentation, taken when SLIPWAY_SCREENSHOTS names a folder
// (`cargo xtask e2e --screenshots`). Without it, the pages are only opened.
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { house, settled } from '../support/house.js';
import { demo } from '../support/people.js';
import { addStep, addTarget, fillCell, registerDraft, stored } from '../support/plan.js';
import { carryOut, command, draftFor, more, next, show } from '../support/workflow.js';

const { journey } = house({ demo: true });
const folder = process.env.SLIPWAY_SCREENSHOTS;

async function shot(page, name) {
  await settled(page);
  if (!folder) return;
  await mkdir(folder, { recursive: true });
  await page.screenshot({ path: join(folder, `${name}.png`), animations: 'disabled' });
}

const VIEWS = [
  ['home', '/'],
  ['releases', '/releases'],
  ['cmdb', '/cmdb'],
  ['ci-picture', '/cmdb/ci/ham1-1-a01-sw-a?tab=picture'],
  ['rack', '/cmdb/ci/ham1-1-a01'],
  ['impact', '/impact?down=ham1-1-a01-pdu-a&down=ham1-1-a01-pdu-b'],
];

for (const [screen, scheme] of [['desktop', 'light'], ['desktop', 'dark'], ['tablet', 'dark'], ['phone', 'light']]) {
  const only = screen === 'desktop' && scheme === 'light' ? VIEWS : VIEWS.slice(0, 2);
  journey(`pictures, ${screen}, ${scheme}`, { as: demo.author, screen, scheme }, async ({ page }) => {
    for (const [name, at] of only) {
      await page.goto(at);
      await shot(page, `${name}-${screen}-${scheme}`);
    }
    await registerDraft(page, { title: 'Replace the switch of rack A01' });
    const drain = await addStep(page, 'Drain the hypervisors of the rack');
    await fillCell(drain, 'Minutes', '20');
    await drain.getByRole('button', { expanded: true }).first().click();
    const swap = await addStep(page, 'Swap the switch');
    await fillCell(swap, 'Minutes', '45');
    await addTarget(swap, { search: 'ham1-1-a01-sw-a', name: 'ham1-1-a01-sw-a', action: 'Replace' });
    await page.getByText('why?').first().waitFor();
    await stored(page);
    await page.evaluate(() => scrollTo(0, 0));
    await shot(page, `plan-${screen}-${scheme}`);
  });
}

// A release at work, on hold, and about to be accepted.
for (const [screen, scheme] of [['desktop', 'light'], ['tablet', 'light'], ['tablet', 'dark']]) {
  journey(`pictures of the workflow, ${screen}, ${scheme}`, { as: demo.colleague, screen, scheme }, async ({ page, visit }) => {
    const steps = ['Drain the hypervisors of the rack', 'Swap the switch', 'Put the guests back'];
    const at = await draftFor(page, { title: 'Replace the switch of rack B02', requester: demo.requester, steps });
    const requester = (await visit({ as: demo.requester })).page;
    await command(page, at, { command: 'submit' });
    await command(requester, at, { command: 'authorise' });
    const executor = (await visit({ as: demo.technician, at })).page;
    await next(executor, 'Claim');
    await executor.getByRole('region', { name: 'Workflow' }).getByText('you', { exact: true }).waitFor();
    await shot(executor, `release-execution-${screen}-${scheme}`);
    await more(executor, 'Put on hold');
    await executor.getByLabel('Reason').selectOption({ label: 'Waiting for parts' });
    await executor.getByRole('dialog').getByLabel('Note').fill('The vendor ships on Tuesday.');
    await executor.getByRole('dialog').getByRole('button', { name: 'Put it on hold' }).click();
    await executor.locator('.part-stage[data-disposition="on_hold"]').waitFor();
    await shot(executor, `release-on-hold-${screen}-${scheme}`);
    await next(executor, 'Resume');
    await executor.getByRole('button', { name: 'Resume it' }).click();
    await carryOut(executor, at);
    const tester = (await visit({ as: demo.tester })).page;
    await command(executor, at, { command: 'forward' });
    await command(tester, at, { command: 'forward' });
    const accepter = (await visit({ as: demo.author })).page;
    await command(accepter, at, { command: 'claim' });
    await show(accepter, at);
    await next(accepter, 'Accept');
    await accepter.getByRole('dialog').getByLabel('Closure code').selectOption({ label: 'Done as planned' });
    await accepter.getByRole('dialog').getByLabel('Closure notes').fill('The new switch has run for a day.');
    await shot(accepter, `release-accept-${screen}-${scheme}`);
  });
}

const ADMIN_VIEWS = [
  ['admin-users', '/admin/users'],
  ['admin-rights', '/admin/rights'],
  ['admin-type', '/admin/types/standard'],
  ['admin-calendar', '/admin/calendars/new'],
  ['admin-audit', '/admin/audit'],
];

for (const [screen, scheme] of [['desktop', 'light'], ['tablet', 'dark']]) {
  journey(`pictures of administration, ${screen}, ${scheme}`, { as: demo.admin, screen, scheme }, async ({ page }) => {
    for (const [name, at] of ADMIN_VIEWS) {
      await page.goto(at);
      await settled(page);
      if (name === 'admin-rights') await page.getByLabel('Administer: all types').click();
      await shot(page, `${name}-${screen}-${scheme}`);
    }
  });
}
