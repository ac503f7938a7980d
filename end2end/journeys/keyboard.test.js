// The main job without a pointer: sign in, draft a release, add a step with a target, reorder, submit.
import assert from 'node:assert/strict';
import { house, settled } from '../support/house.js';
import { demo } from '../support/people.js';
import { stepRow, stored } from '../support/plan.js';

const { journey } = house({ demo: true });

/** Presses Tab until the focus is on what `is` accepts; the text of where it went is in the error. */
async function tabTo(page, description, is, key = 'Tab') {
  const seen = [];
  for (let presses = 0; presses < 120; presses += 1) {
    const here = await page.evaluate(() => {
      const it = document.activeElement;
      const label = it.getAttribute('aria-label') ?? it.labels?.[0]?.textContent ?? it.textContent ?? '';
      const box = it.getBoundingClientRect();
      const middle = document.elementFromPoint(box.x + box.width / 2, box.y + box.height / 2);
      const covered = box.width > 0 && middle && !it.contains(middle) && !middle.contains(it);
      return { tag: it.tagName.toLowerCase(), label: label.trim(), id: it.id, covered: Boolean(covered) };
    });
    if (is(here)) return here;
    seen.push(`${here.tag} ${here.label.slice(0, 40)}`);
    await page.keyboard.press(key);
  }
  throw new Error(`the focus never reached ${description}; it went over:\n  ${seen.join('\n  ')}`);
}

journey('from sign-in to a submitted release by keyboard alone', async ({ page, first }) => {
  first.allow(401, '/api/');
  await tabTo(page, 'the sign-in name', (it) => it.label === 'Sign-in name');
  await page.keyboard.type(demo.author.login);
  await page.keyboard.press('Tab');
  await page.keyboard.type(demo.author.password);
  await page.keyboard.press('Enter');
  await page.getByRole('navigation', { name: 'Main' }).waitFor();
  await settled(page);

  // g r: the releases; the heading has the focus, so Tab goes on from the page's start.
  await page.keyboard.press('g');
  await page.keyboard.press('r');
  await page.waitForURL(/\/releases$/);
  await settled(page);
  await tabTo(page, 'New release', (it) => it.label === 'New release');
  await page.keyboard.press('Enter');
  await page.waitForURL(/\/releases\/new$/);
  await settled(page);
  await tabTo(page, 'the title', (it) => it.label.startsWith('Title'));
  await page.keyboard.type('Drafted without a mouse');
  await tabTo(page, 'the release type', (it) => it.label.startsWith('Release type'));
  await page.keyboard.press('ArrowDown');
  await tabTo(page, 'the priority matrix', (it) => it.label.startsWith('Impact'));
  await page.keyboard.press('Space');
  for (const [label, keys] of [['Planned start', '01032031'], ['Planned end', '02032031']]) {
    await tabTo(page, label, (it) => it.label.startsWith(label));
    await page.keyboard.type(keys);
    await page.keyboard.press('Tab');
    // Debian's Chromium asks for AM or PM whatever the locale; where it does not, the letters are ignored.
    await page.keyboard.type('0800PM');
  }
  // Some release types name a group, others leave it to the author.
  await tabTo(page, 'the assignment group', (it) => it.label.startsWith('Assignment group'));
  await page.keyboard.press('ArrowDown');
  await tabTo(page, 'Create draft', (it) => it.label === 'Create draft');
  await page.keyboard.press('Enter');
  await page.waitForURL(/\/releases\/REL-\d+/);
  await settled(page);

  const adding = (it) => it.label.includes('Title of a new step');
  await tabTo(page, 'the field that adds a step', adding);
  await page.keyboard.type('Drain the rack');
  await page.keyboard.press('Enter');
  await page.keyboard.type('Power it off');
  await page.keyboard.press('Enter');
  await stepRow(page, 'Power it off').waitFor();

  // Back to the steps, open the second, name a target and what happens to it.
  await tabTo(page, 'the second step', (it) => it.label.includes('Power it off') && it.tag === 'button', 'Shift+Tab');
  await page.keyboard.press('Enter');
  await tabTo(page, 'its minutes', (it) => it.label.startsWith('Minutes'));
  await page.keyboard.type('30');
  await tabTo(page, 'the target picker', (it) => it.label.startsWith('Add a target'));
  await page.keyboard.type('ham1-1-a01-sw-a');
  await page.getByRole('option', { name: /ham1-1-a01-sw-a/ }).first().waitFor();
  await page.keyboard.press('Enter');
  await stepRow(page, 'Power it off').locator('.part-target').waitFor();
  await tabTo(page, 'the outage', (it) => it.label.includes('None') || it.label === '●None', 'Shift+Tab');
  await page.keyboard.press('ArrowRight');
  await page.keyboard.press('ArrowRight');
  await tabTo(page, 'the back-out', (it) => it.label.startsWith('Back-out'));
  await page.keyboard.type('Power it on again.');
  await tabTo(page, 'the first step', (it) => it.label.includes('Drain the rack') && it.tag === 'button', 'Shift+Tab');
  await page.keyboard.press('Enter');
  await tabTo(page, 'its minutes', (it) => it.label.startsWith('Minutes'));
  await page.keyboard.type('10');
  await page.keyboard.press('Enter');

  // Alt with an arrow moves it below the other, and the focus stays with it.
  await tabTo(page, 'the first step', (it) => it.label.includes('Drain the rack') && it.tag === 'button', 'Shift+Tab');
  await page.keyboard.press('Alt+ArrowDown');
  await page.waitForFunction(() => document.querySelector('li.part-step .title')?.textContent === 'Power it off');
  assert.match(await page.evaluate(() => document.activeElement.textContent), /Drain the rack/);
  await page.keyboard.press('Alt+ArrowUp');
  await stored(page);

  await page.getByText('Ready to submit').waitFor();
  const submit = await tabTo(page, 'Submit', (it) => it.label === 'Submit' && it.tag === 'button', 'Shift+Tab');
  assert.equal(submit.covered, false, 'what has the focus can be seen');
  await page.keyboard.press('Enter');
  await page.getByRole('dialog', { name: 'Submit for authorisation' }).waitFor();
  await tabTo(page, 'Submit it', (it) => it.label === 'Submit it');
  await page.keyboard.press('Enter');
  await page.getByText('authorisation', { exact: true }).first().waitFor();
});

journey('help, search and the way back', { as: demo.author }, async ({ page }) => {
  await page.keyboard.press('?');
  await page.getByRole('dialog', { name: 'Keyboard' }).waitFor();
  await page.keyboard.press('Escape');
  await page.getByRole('dialog', { name: 'Keyboard' }).waitFor({ state: 'hidden' });
  await page.keyboard.press('Control+k');
  await page.keyboard.type('ham1-1-a01-sw-a');
  await page.getByRole('option', { name: /ham1-1-a01-sw-a/ }).first().waitFor();
  await page.keyboard.press('Enter');
  await page.waitForURL(/\/cmdb\/ci\/ham1-1-a01-sw-a$/);
  await settled(page);
  // The heading of the new page has the focus, so that a screen reader says where one is.
  assert.equal(await page.evaluate(() => document.activeElement.tagName), 'H1');
  await page.goBack();
  await page.getByRole('heading', { name: /^Welcome/ }).waitFor();
});
