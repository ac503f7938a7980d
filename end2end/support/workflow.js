// Pieces of the journeys through the stages of a release.
import { settled } from './house.js';

/** Chooses an action in the menu of the release's page. */
export async function more(page, name) {
  await page.getByRole('button', { name: 'More actions' }).click();
  await page.locator('.page-menu').getByRole('button', { name, exact: true }).click();
}

/** Presses the one next thing to do. */
export async function next(page, name) {
  await page.locator('.page-primary').getByRole('button', { name, exact: true }).click();
}

/** Waits until the page shows the release in a stage. */
export function inStage(page, stage) {
  return page.locator(`.part-stage[data-stage="${stage}"]`).waitFor();
}

/** Asks the API in the page's own session. */
export function ask(page, method, path, body) {
  return page.evaluate(
    async ([method, path, body]) => {
      const answer = await fetch(path, { method, headers: { 'content-type': 'application/json' }, body: body && JSON.stringify(body) });
      if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${await answer.text()}`);
      return answer.json();
    },
    [method, path, body],
  );
}

/** A command of the API to the release at an address, by whoever is signed in on the page. */
export function command(page, at, body) {
  return ask(page, 'POST', `/api/v1${at}/commands`, body);
}

/**
 * A draft of the person on the page, ready to be submitted: for a requester, by a group, with one step without CIs for each
 * title. Made by the API: drafting by hand is another journey. Answers its address.
 */
export async function draftFor(page, { title, requester, group = 'Data Centre Operations', type = 'standard', steps = ['Swap the switch'] }) {
  const directory = await ask(page, 'GET', '/api/v1/directory');
  const fields = {
    title,
    release_type: type,
    requester: directory.people.find((it) => it.login === requester.login).id,
    assignment_group: directory.groups.find((it) => it.name === group).id,
    planned_start: '2031-03-01T20:00:00Z',
    planned_end: '2031-03-01T23:00:00Z',
  };
  const { view } = await ask(page, 'POST', '/api/v1/releases', { fields, steps: steps.map((title) => ({ title, minutes: 10 })) });
  return `/releases/${view.number}`;
}

/** Records every step as done, by the API. */
export async function carryOut(page, at) {
  const view = await ask(page, 'GET', `/api/v1${at}`);
  const now = new Date().toISOString();
  for (const step of Object.keys(view.release.steps)) {
    await command(page, at, { command: 'record', step, result: 'done', started: now, ended: now });
  }
}

/** Opens the page of a release. */
export async function show(page, at) {
  await page.goto(at);
  await settled(page);
}
