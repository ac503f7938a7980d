// One server and one browser for the journeys of a file.
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { launch, SCREENS } from './browser.js';
import { startServer } from './server.js';
import { watch } from './watch.js';

const RESULTS = new URL('../results/', import.meta.url).pathname;
const JOURNEY_MS = 300_000; // the longest looks at twenty pages with axe
const STEP_MS = 20_000;

/**
 * Registers start and stop for this file; answers `{server, journey(name, [options], steps)}`.
 * `options` are those of `startServer`.
 */
export function house(options = {}) {
  const here = {
    server: undefined,
    browser: undefined,
    signedIn: new Map(),

    /** A test in one browser window: `steps({page, visit, server, ...})`. `look` is that of `visit`. */
    journey(name, look, steps) {
      if (typeof look === 'function') [look, steps] = [{}, look];
      test(name, { timeout: JOURNEY_MS }, async () => {
        const visits = [];
        const visit = (again = {}) => open(here, { ...look, ...again }, visits);
        try {
          const first = await visit();
          await steps({ page: first.page, first, visit, server: here.server });
          const problems = visits.flatMap((it) => it.problems());
          if (problems.length > 0) throw new Error(`the page complained:\n  ${problems.join('\n  ')}`);
        } catch (error) {
          await keep(name, visits, here.server);
          // What the page complained of before is often the cause.
          const problems = visits.flatMap((it) => it.problems());
          if (problems.length > 0) error.message += `\n  the page complained:\n  ${problems.join('\n  ')}`;
          throw error;
        } finally {
          for (const it of visits) await it.context.close();
        }
      });
    },
  };

  before(async () => {
    here.server = await startServer(options);
    here.browser = await launch();
  });
  after(async () => {
    await here.browser?.close();
    await here.server?.stop();
  });
  return here;
}

/**
 * One window. `as`: `{login, password}` to be signed in; `screen`: a name of SCREENS; `scheme`: light or
 * dark; `at`: the address to start with.
 */
async function open(here, { as, screen = 'desktop', scheme = 'light', at = '/' }, visits) {
  const context = await here.browser.newContext({
    ...SCREENS[screen],
    baseURL: here.server.url,
    colorScheme: scheme,
    locale: 'en-GB',
    timezoneId: 'Europe/Berlin',
    reducedMotion: 'reduce',
    // A fresh profile for each window would install the application each time; shell.test.js has the worker.
    serviceWorkers: 'block',
    storageState: as && (await session(here, as)),
  });
  context.setDefaultTimeout(STEP_MS);
  const page = await context.newPage();
  const watched = watch(page);
  const visit = { page, context, screen, scheme, ...watched };
  visits.push(visit);
  await page.goto(at);
  await settled(page);
  return visit;
}

/** Signs in once for each person through the page, and keeps the cookie for the next window. */
async function session(here, as) {
  const known = here.signedIn.get(as.login);
  if (known) return known;
  const context = await here.browser.newContext({ baseURL: here.server.url, serviceWorkers: 'block' });
  const page = await context.newPage();
  await page.goto('/sign-in');
  await signIn(page, as);
  const state = await context.storageState();
  await context.close();
  here.signedIn.set(as.login, state);
  return state;
}

/** Fills the sign-in form and waits until the application is open. */
export async function signIn(page, { login, password }) {
  await page.getByLabel('Sign-in name').fill(login);
  await page.getByLabel('Password').fill(password);
  await page.getByRole('button', { name: 'Sign in' }).click();
  await page.getByRole('navigation', { name: 'Main' }).waitFor();
  await settled(page);
}

/** Waits until nothing on the page is still being loaded. */
export async function settled(page) {
  await page.waitForFunction(() => !document.querySelector('#splash, .ui-skeleton, [aria-busy="true"]') && document.querySelector('h1'));
}

/** What helps to see why a journey failed: a picture of every window, and what the server said. */
export async function keep(name, visits, server) {
  await mkdir(RESULTS, { recursive: true });
  const stem = join(RESULTS, name.replace(/[^a-z0-9]+/gi, '-'));
  for (const [number, it] of visits.entries()) {
    await it.page.screenshot({ path: `${stem}-${number + 1}.png`, timeout: 5_000 }).catch(() => {});
    const html = await it.page.content().catch(() => '');
    await writeFile(`${stem}-${number + 1}.html`, html);
  }
  await writeFile(`${stem}.log`, server?.output() ?? '');
}
