// Pieces of the journeys on the run sheet.
import { settled } from './house.js';
import { png } from './png.js';

/**
 * A submitted release with the steps given as the API takes them, each waiting for the one before; answers its address.
 * Made by the API in the page's own session: drafting by hand is another journey.
 */
export function submittedRelease(page, title, steps) {
  return page.evaluate(
    async ([title, steps]) => {
      const ask = async (method, path, body) => {
        const answer = await fetch(path, { method, headers: { 'content-type': 'application/json' }, body: body && JSON.stringify(body) });
        if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${await answer.text()}`);
        return answer.json();
      };
      const me = await ask('GET', '/api/v1/me');
      const group = (await ask('GET', '/api/v1/directory')).groups[0].id;
      const fields = {
        title, release_type: 'standard', requester: me.actor.user, assignment_group: group,
        planned_start: '2031-03-01T20:00:00Z', planned_end: '2031-03-01T23:00:00Z',
      };
      const { view } = await ask('POST', '/api/v1/releases', { fields, steps: [] });
      const commands = `/api/v1/releases/${view.number}/commands`;
      let before = [];
      for (const step of steps) {
        const added = await ask('POST', commands, { command: 'add_step', minutes: 10, needs: before, ...step });
        const all = Object.entries(added.view.release.steps);
        before = [all.find(([, it]) => it.fields.title.value === step.title)[0]];
      }
      await ask('POST', commands, { command: 'submit' });
      return `/releases/${view.number}`;
    },
    [title, steps],
  );
}

/** Gives the go-ahead on the page of the release and opens the run sheet. */
export async function authorise(page, at) {
  await page.goto(at);
  await settled(page);
  await page.getByRole('button', { name: 'Authorise' }).click();
  const dialog = page.getByRole('dialog', { name: 'Authorise this release' });
  await dialog.getByRole('button', { name: 'Authorise it' }).click();
  await page.locator('.part-stage[data-stage="execution"]').waitFor();
  await page.getByRole('link', { name: 'Run sheet' }).click();
  await page.getByRole('region', { name: 'Current step' }).waitFor();
}

/** The entry of a step in the list, once it is in this state. */
export async function stepIs(page, title, state) {
  const entry = page.getByRole('navigation', { name: 'Steps' }).getByRole('link').filter({ hasText: title });
  await entry.and(page.locator(`[data-state="${state}"]`)).waitFor();
  return entry;
}

/** Presses a button of the current step. */
export function press(page, name) {
  return page.getByRole('region', { name: 'Current step' }).getByRole('button', { name, exact: true }).click();
}

/** Takes a photo, as the camera of a tablet would hand it over. */
export async function photo(page, seed, width = 3000, height = 1500) {
  const buffer = png(width, height, seed);
  await page.getByLabel('Photo', { exact: true }).setInputFiles({ name: 'rack.png', mimeType: 'image/png', buffer });
  await page.getByRole('button', { name: 'Remove photo' }).first().waitFor();
}
