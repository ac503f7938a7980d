// Several people on several devices: edits that meet, sessions that end, tablets that are shared.
import assert from 'node:assert/strict';
import { axe } from '../support/axe.js';
import { DATA, hall, says, signInAgain, standing, synced } from '../support/device.js';
import { settled, signIn } from '../support/house.js';
import { demo } from '../support/people.js';
import { addStep, fillCell, registerDraft, stepRow } from '../support/plan.js';
import { shot } from '../support/shots.js';

const { journey } = hall();

/** Opens the record tab and answers the title field. */
async function titleOf(page, at) {
  await page.goto(`${at}?tab=record`);
  await settled(page);
  return page.getByLabel('Title', { exact: true });
}

journey('two people change one title; the second decides on screen', async ({ device, proxy }) => {
  const tablet = await device({ as: demo.author, screen: 'tablet' });
  const desk = await device({ as: demo.editor });
  const at = await registerDraft(tablet.page, { title: 'Swap the core switch' });
  await synced(tablet.page);
  const mine = await titleOf(tablet.page, at);
  const theirs = await titleOf(desk.page, at);

  proxy.fault('refuse', { only: ['/sync/'] });
  await mine.fill('Swap the core switch at night');
  await mine.blur();
  await says(tablet.page, /1 to send/);
  // The other device sends first.
  await tablet.context.setOffline(true);
  proxy.fault('none');
  await theirs.fill('Swap both core switches');
  await theirs.blur();
  await synced(desk.page);
  await tablet.context.setOffline(false);

  const conflict = tablet.page.getByRole('region', { name: 'Conflicts' });
  await conflict.getByText('Swap the core switch at night').waitFor();
  await conflict.getByText('Swap both core switches').waitFor();
  await says(tablet.page, /1 needs you/);
  await axe(tablet.page, 'a conflict');
  await shot(tablet.page, 'offline-5-conflict');
  await tablet.page.goto(at);
  await settled(tablet.page);
  assert.equal(await tablet.page.getByRole('button', { name: 'Submit' }).getAttribute('aria-disabled'), 'true');

  await conflict.getByRole('button', { name: 'Use mine' }).click();
  await conflict.waitFor({ state: 'hidden' });
  await synced(tablet.page);
  await desk.page.getByRole('heading', { name: 'Swap the core switch at night' }).waitFor();
  await shot(tablet.page, 'offline-6-resolved');
});

journey('a session that ends keeps what is done until its owner signs in again', async ({ device }) => {
  const desk = await device({ as: demo.author });
  await registerDraft(desk.page, { title: 'Session ends' });
  await addStep(desk.page, 'First');
  await synced(desk.page);
  desk.allow(401);
  await desk.context.clearCookies();
  await fillCell(stepRow(desk.page, 'First'), 'Minutes', '15');
  await desk.page.getByText('Your session has ended').first().waitFor();
  await fillCell(stepRow(desk.page, 'First'), 'Minutes', '16');
  await says(desk.page, /to send/);
  await signInAgain(desk.page, demo.author);
  await synced(desk.page);
});

/** Signs out through the account menu. */
async function signOut(page) {
  await page.getByRole('button', { name: /^Account of/ }).click();
  await page.getByRole('button', { name: 'Sign out' }).click();
}

journey('a shared tablet keeps unsent work sealed for its author and shows the next person none of it', async ({ device, proxy }) => {
  const tablet = await device({ as: demo.author, screen: 'tablet' });
  const page = tablet.page;
  tablet.allow(401);
  const at = await registerDraft(page, { title: 'Kept under seal' });
  await addStep(page, 'First');
  await synced(page);
  proxy.fault('refuse', { only: ['/sync/'] });
  await fillCell(stepRow(page, 'First'), 'Minutes', '55');
  await says(page, /1 to send/);

  await signOut(page);
  const dialog = page.getByRole('dialog', { name: 'Before you sign out' });
  await dialog.getByText('1 change is not sent yet').waitFor();
  await axe(page, 'the sign-out dialog');
  await shot(page, 'offline-7-sign-out');
  await dialog.getByRole('button', { name: 'Stay signed in' }).click();
  await dialog.waitFor({ state: 'hidden' });
  await signOut(page);
  await dialog.getByRole('button', { name: 'Sign out, keep them sealed' }).click();
  await page.getByLabel('Sign-in name').waitFor();

  await signIn(page, demo.colleague);
  await page.goto('/device');
  await settled(page);
  await page.getByRole('heading', { name: /Releases on this device/ }).waitFor();
  assert.equal(await page.getByText('Kept under seal').count(), 0, 'nothing of the other person');
  assert.doesNotMatch(await standing(page).innerText(), /to send/);
  await signOut(page);
  await page.getByLabel('Sign-in name').waitFor();

  await signIn(page, demo.author);
  // Or two: whether the step before it has arrived was still to be heard.
  await says(page, /[12] to send/);
  proxy.fault('none');
  await synced(page);
  await page.goto(at);
  await stepRow(page, 'First').getByText('55 min').waitFor();
});

journey('unsent work is discarded only by typing how much it is', async ({ device, proxy }) => {
  const desk = await device({ as: demo.author });
  const page = desk.page;
  desk.allow(401);
  await registerDraft(page, { title: 'Thrown away' });
  await addStep(page, 'First');
  await synced(page);
  proxy.fault('refuse', { only: ['/sync/'] });
  await fillCell(stepRow(page, 'First'), 'Minutes', '65');
  await says(page, /1 to send/);
  await signOut(page);
  const dialog = page.getByRole('dialog', { name: 'Before you sign out' });
  await dialog.getByLabel('Number of changes to discard').fill('2');
  await dialog.getByRole('button', { name: 'Discard 1 change and sign out' }).click();
  await dialog.getByText('Type 1 to discard 1.').waitFor();
  await dialog.getByLabel('Number of changes to discard').fill('1');
  await dialog.getByRole('button', { name: 'Discard 1 change and sign out' }).click();
  await page.getByLabel('Sign-in name').waitFor();
  proxy.fault('none');
  await signIn(page, demo.author);
  await synced(page);
  assert.doesNotMatch(await standing(page).innerText(), /to send/);
});

journey('one change is taken back from the queue, and the rest exported', async ({ device, proxy }) => {
  const desk = await device({ as: demo.author });
  const page = desk.page;
  await registerDraft(page, { title: 'Second thoughts' });
  await addStep(page, 'First');
  await synced(page);
  proxy.fault('refuse', { only: DATA });
  await fillCell(stepRow(page, 'First'), 'Minutes', '75');
  await addStep(page, 'Second');
  await says(page, /2 to send/);
  await page.goto('/device/queue');
  await settled(page);
  const download = page.waitForEvent('download');
  await page.getByRole('button', { name: 'Export to a file' }).click();
  assert.match((await download).suggestedFilename(), /^slipway-.*\.json$/);
  await page.getByRole('row', { name: /Add a step Title: Second/ }).getByRole('button', { name: 'Discard' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Discard it' }).click();
  await page.getByText('Taken back').waitFor();
  proxy.fault('none');
  await page.getByRole('button', { name: 'Send now' }).click();
  await synced(page);
});
