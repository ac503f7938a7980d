// Execution on a tablet: the go-ahead, the run sheet with photos, a second person, two tablets that disagree.
import assert from 'node:assert/strict';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { axe } from '../support/axe.js';
import { house, settled } from '../support/house.js';
import { demo } from '../support/people.js';
import { authorise, photo, press, stepIs, submittedRelease } from '../support/run.js';

const { journey } = house({ demo: true });
const folder = process.env.SLIPWAY_SCREENSHOTS;

const STEPS = [
  {
    title: 'Drain the hypervisors',
    instructions: 'Move all guests away.\nWait until the list is empty.',
    run: 'slipctl drain hv-1 --wait\nslipctl show hv-1',
    targets: [{ ci: 'ham1-1-a01-sw-a', action: 'replace', outage: 'down' }],
    back_out: 'Put the guests back.',
  },
  { title: 'Swap the switch', evidence: 'A photo of the label' },
  { title: 'Check the links', confirm_by_second: true },
];

async function shot(page, name) {
  if (!folder) return;
  await mkdir(folder, { recursive: true });
  await page.screenshot({ path: join(folder, `${name}.png`), animations: 'disabled' });
}

// Somebody no other journey signs in as: at the end, the second person's sign-in ends this session.
journey('three steps are run on a tablet, with a photo and a second person', { as: demo.runner, screen: 'tablet' }, async ({ page }) => {
  const at = await submittedRelease(page, 'Replace the switch of rack A01', STEPS);
  // It can be read before; nothing can be started.
  await page.goto(`${at}/run`);
  await page.getByText('Steps start once it is authorised').waitFor();
  await authorise(page, at);

  await stepIs(page, 'Drain the hypervisors', 'ready');
  const small = await page.evaluate(() =>
    [...document.querySelectorAll('.page-run button, .page-run a')]
      .filter((it) => it.checkVisibility() && it.getBoundingClientRect().height < 48)
      .map((it) => `${it.textContent.trim()} ${it.getBoundingClientRect().height}px`),
  );
  assert.deepEqual(small, []);
  await axe(page, 'the run sheet');
  await press(page, 'Start');
  await stepIs(page, 'Drain the hypervisors', 'running');
  await page.getByText('You are on it').waitFor();
  for (const name of ['Failed', 'Done']) {
    const box = await page.getByRole('button', { name, exact: true }).boundingBox();
    assert.ok(box.height >= 64, `${name} is ${box.height} px high`);
  }
  await axe(page, 'a running step');
  await shot(page, 'run-sheet-tablet-light');
  await press(page, 'Done');
  await stepIs(page, 'Drain the hypervisors', 'done');
  await page.getByText('1 of 3 steps finished').waitFor();

  // What failed needs words.
  await page.getByRole('link', { name: 'Next step' }).click();
  await press(page, 'Start');
  await press(page, 'Failed');
  await page.getByText('Say in the note what went wrong.').waitFor();
  await page.getByLabel('Note').fill('The new switch does not boot.');
  await photo(page, 1);
  await press(page, 'Failed');
  await stepIs(page, 'Swap the switch', 'failed');
  await page.getByText('The new switch does not boot.').waitFor();
  // The photo arrives by itself, smaller than it was taken.
  const picture = page.locator('.part-run-attempt img[src^="/api/v1/blobs/"]');
  await picture.waitFor();
  await page.waitForFunction(() => document.querySelector('.part-run-attempt img[src^="/api/v1/blobs/"]')?.naturalWidth === 2000);
  await axe(page, 'a failed step with a photo');
  await press(page, 'Start again');
  await press(page, 'Done');
  await stepIs(page, 'Swap the switch', 'done');

  await page.getByRole('link', { name: 'Next step' }).click();
  await press(page, 'Start');
  await press(page, 'Done');
  await stepIs(page, 'Check the links', 'awaits_confirmation');
  await shot(page, 'run-sheet-second-person');
  // Nobody confirms their own work: on a shared tablet, the second person signs in.
  assert.equal(await page.getByRole('button', { name: 'Confirm that it is done' }).count(), 0);
  await press(page, 'Second person signs in here');
  const dialog = page.getByRole('dialog', { name: 'Second person' });
  await axe(page, 'the second person signs in');
  await dialog.getByLabel('Sign-in name').fill(demo.technician.login);
  await dialog.getByLabel('Password').fill(demo.technician.password);
  await dialog.getByRole('button', { name: 'Sign in' }).click();
  await page.getByRole('button', { name: 'Account of Sam Whitfield' }).waitFor();
  await press(page, 'Confirm that it is done');
  await stepIs(page, 'Check the links', 'done');
  await page.getByText('3 of 3 steps finished').waitFor();
  await page.reload();
  await settled(page);
  await page.getByText('3 of 3 steps finished').waitFor();
});

journey('two tablets record different outcomes, and the lead decides', { as: demo.author, screen: 'tablet', scheme: 'dark' }, async ({ page, first, visit }) => {
  first.allow(404, '/api/v1/blobs/'); // the record comes before its photo
  const at = await submittedRelease(page, 'Seen differently', STEPS.slice(0, 2));
  await authorise(page, at);
  const other = await visit({ as: demo.technician, at: `${at}/run` });
  other.outage();
  // Parts of the program that are fetched ahead may still be under way when the network goes.
  other.allow('console', 'Failed to fetch');
  await stepIs(other.page, 'Drain the hypervisors', 'ready');

  // One has no network, and both were there.
  await other.context.setOffline(true);
  await press(other.page, 'Record without starting');
  await other.page.getByLabel('Note').fill('Two guests are still there.');
  await photo(other.page, 2, 600, 400);
  await other.page.getByText('On this device, not uploaded yet').waitFor();
  await press(other.page, 'Failed');
  await stepIs(other.page, 'Drain the hypervisors', 'failed');
  await other.page.getByText('On this device, not sent yet').waitFor();
  await axe(other.page, 'a record that is not sent');
  await shot(other.page, 'run-sheet-offline');
  await press(page, 'Record without starting');
  await press(page, 'Done');
  await stepIs(page, 'Drain the hypervisors', 'done');

  await other.context.setOffline(false);
  await stepIs(page, 'Drain the hypervisors', 'disputed');
  await stepIs(other.page, 'Drain the hypervisors', 'disputed');
  await stepIs(page, 'Swap the switch', 'waiting');
  await page.locator('.part-run-attempt img[src^="/api/v1/blobs/"]').waitFor();
  await axe(page, 'a disputed step');
  await shot(page, 'run-sheet-disputed');
  const done = page.locator('.part-run-attempt').filter({ hasText: 'Jonas Okafor' });
  await done.getByRole('button', { name: 'This one counts' }).click();
  await stepIs(page, 'Drain the hypervisors', 'done');
  await stepIs(other.page, 'Swap the switch', 'ready');
  await page.getByText('decided so').waitFor();
});

journey('one sees who is on it, and takes over', { as: demo.author, screen: 'tablet' }, async ({ page, visit }) => {
  const at = await submittedRelease(page, 'One at each step', STEPS.slice(0, 1));
  await authorise(page, at);
  const other = await visit({ as: demo.technician, at: `${at}/run` });
  await press(page, 'Start');
  await other.page.getByText(/Jonas Okafor is on it since/).first().waitFor();
  await press(other.page, 'Take over');
  await other.page.getByRole('dialog').getByRole('button', { name: 'Take over' }).click();
  await other.page.getByText('You are on it').waitFor();
  await page.getByText(/Sam Whitfield is on it since/).first().waitFor();
  await press(other.page, 'Not me');
  await stepIs(page, 'Drain the hypervisors', 'ready');
});

journey('gloves and the other hand', { as: demo.author, screen: 'tablet' }, async ({ page }) => {
  const at = await submittedRelease(page, 'With gloves on', STEPS.slice(0, 1));
  await authorise(page, at);
  await press(page, 'Start');
  const box = async (name) => {
    const button = page.getByRole('button', { name, exact: true });
    await button.waitFor();
    return button.boundingBox();
  };
  await page.getByText('You are on it').waitFor();
  assert.ok((await box('Failed')).x < (await box('Done')).x);
  await page.getByRole('button', { name: /^Account of/ }).click();
  await page.getByRole('radio', { name: 'Glove' }).check();
  await page.getByRole('radio', { name: 'Left' }).check();
  await page.keyboard.press('Escape');
  for (const name of ['Failed', 'Done']) assert.ok((await box(name)).height >= 96, name);
  assert.ok((await box('Done')).x < (await box('Failed')).x);
  await axe(page, 'the run sheet for gloves');
  await shot(page, 'run-sheet-gloves');
});

journey('a refused release comes back with the reason', { as: demo.author }, async ({ page }) => {
  const at = await submittedRelease(page, 'Not like this', STEPS.slice(0, 1));
  await page.goto(at);
  await page.getByRole('button', { name: 'Refuse' }).click();
  const dialog = page.getByRole('dialog', { name: 'Refuse, back to draft' });
  await dialog.getByRole('button', { name: 'Refuse it' }).click();
  await dialog.getByText('Say what has to change.').waitFor();
  await axe(page, 'the refuse dialog');
  await dialog.getByLabel('Reason').fill('The window is too short.');
  await dialog.getByRole('button', { name: 'Refuse it' }).click();
  await page.getByText('The window is too short.').waitFor();
  await page.locator('.part-stage[data-stage="draft"]').waitFor();
  await page.getByLabel('Title of a new step').waitFor();
});
