// A tablet or desk with a browser whose profile outlives it, behind a network that can fail.
import { readdir, readFile, mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { launchDevice, SCREENS } from './browser.js';
import { setClock } from './clock.js';
import { keep, settled, signIn } from './house.js';
import { startProxy } from './network.js';
import { freePort, startServer } from './server.js';
import { watch } from './watch.js';

const JOURNEY_MS = 240_000;
const STEP_MS = 30_000;

/** What fails when there is no network, and must not count as a complaint of the page. */
const OUTAGE = ['net::ERR_EMPTY_RESPONSE', 'net::ERR_CONNECTION_RESET', 'net::ERR_CONNECTION_REFUSED', 'net::ERR_FAILED', 'net::ERR_INCOMPLETE_CHUNKED_ENCODING', 'net::ERR_CONTENT_LENGTH_MISMATCH', 'net::ERR_TIMED_OUT', 'net::ERR_SOCKET_NOT_CONNECTED', 'net::ERR_CONNECTION_CLOSED', 'net::ERR_INVALID_HTTP_RESPONSE', 'net::ERR_INTERNET_DISCONNECTED', 'net::ERR_NETWORK_CHANGED'];

/** The paths that carry data. The pages themselves are let through: keeping them is the service worker's part. */
export const DATA = ['/sync/', '/api/'];

/**
 * Registers a server with a proxy in front of it for this file; answers `{journey(name, [look], steps)}`, where
 * `steps({device, proxy, server})` gets `device(look)` to make devices with.
 */
export function hall(serve = { demo: true }) {
  const here = {};

  before(async () => {
    const data = await mkdtemp(join(tmpdir(), 'slipway-hall-'));
    const port = await freePort();
    let running;
    here.server = {
      data,
      output: () => running.output(),
      /** Ends it as a power cut would. */
      kill: () => running.kill(),
      /** Ends it as an operator would; its data stays. */
      end: () => running.stop(),
      /** Starts it again, on the same data and address; `options` as those of `startServer`. */
      async begin(options = {}) {
        running = await startServer({ ...serve, ...options, data, port });
      },
      async stop() {
        await running.stop();
        await rm(data, { recursive: true, force: true });
      },
    };
    await here.server.begin();
    here.proxy = await startProxy(() => ({ host: '127.0.0.1', port }));
  });
  after(async () => {
    await here.proxy?.close();
    await here.server?.stop();
  });

  function journey(name, steps) {
    test(name, { timeout: JOURNEY_MS }, async () => {
      const devices = [];
      const device = async (look = {}) => {
        const made = await makeDevice(here.proxy.url, look);
        devices.push(made);
        await made.start();
        return made;
      };
      here.proxy.fault('none');
      try {
        await steps({ device, proxy: here.proxy, server: here.server });
        const problems = devices.flatMap((it) => it.problems());
        if (problems.length > 0) throw new Error(`the page complained:\n  ${problems.join('\n  ')}`);
      } catch (error) {
        const visits = devices.filter((it) => it.page).map((it) => ({ page: it.page }));
        await keep(name, visits, here.server);
        throw error;
      } finally {
        here.proxy.fault('none');
        for (const it of devices) await it.dispose();
      }
    });
  }
  return { journey };
}

/** A device with a profile of its own, not started yet; `as` is who signs in on it, `clock` what its clock starts at instead of now. */
export async function makeDevice(url, { as, screen = 'desktop', scheme = 'light', clock }) {
  const profile = await mkdtemp(join(tmpdir(), 'slipway-device-'));
  const watched = [];
  const device = {
    page: undefined,
    context: undefined,
    /** From the next start on. */
    clock,

    /** Starts the browser with an empty page. */
    async open() {
      await mkdir(profile, { recursive: true });
      device.context = await launchDevice(profile, {
        ...SCREENS[screen],
        baseURL: url,
        colorScheme: scheme,
        locale: 'en-GB',
        timezoneId: 'Europe/Berlin',
        reducedMotion: 'reduce',
        acceptDownloads: true,
      });
      device.context.setDefaultTimeout(STEP_MS);
      if (device.clock) await setClock(device.context, device.clock);
      device.page = device.context.pages()[0] ?? (await device.context.newPage());
      device.listen(device.page);
    },

    /** Starts the browser, opens `at`, and signs in where nobody is. */
    async start(at = '/') {
      await device.open();
      await device.page.goto(at);
      await settled(device.page);
      if (as && new URL(device.page.url()).pathname === '/sign-in') await signIn(device.page, as);
    },

    /** Another tab. */
    async tab(at = '/') {
      const page = await device.context.newPage();
      device.listen(page);
      await page.goto(at);
      await settled(page);
      return page;
    },

    listen(page) {
      const it = watch(page);
      for (const status of OUTAGE) it.allow(status);
      it.allow(502);
      watched.push(it);
    },

    /** Allows what this journey provokes, see `watch`. */
    allow(status, part) {
      for (const it of watched) it.allow(status, part);
    },

    problems: () => watched.flatMap((it) => it.problems()),

    /** The battery dies: no event, no time to save. */
    async kill() {
      const pid = await processOf(profile);
      process.kill(pid, 'SIGKILL');
      await device.context.close().catch(() => {});
    },

    async dispose() {
      await device.context?.close().catch(() => {});
      await rm(profile, { recursive: true, force: true, maxRetries: 5 });
    },
  };
  return device;
}

/** The browser process that was started on this profile; its helpers have a `--type`. */
async function processOf(profile) {
  for (const pid of await readdir('/proc')) {
    if (!/^\d+$/.test(pid)) continue;
    const command = await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '');
    if (command.includes(`--user-data-dir=${profile}`) && !command.includes('--type=')) return Number(pid);
  }
  throw new Error(`no browser runs on ${profile}`);
}

/** Waits until the whole application is on the device, so that it opens without a server. */
export async function installed(page) {
  await page.waitForFunction(() => navigator.serviceWorker.controller?.state === 'activated');
}

/** The indicator of the frame. */
export function standing(page) {
  return page.locator('.frame-standing');
}

/** Waits until the indicator says something. */
export async function says(page, words) {
  await standing(page).getByText(words).waitFor();
}

/** Waits until the device itself holds a release with all these words: before that it shows what the server said. */
export async function held(page, ...words) {
  await page.waitForFunction(async (words) => {
    const found = (await indexedDB.databases()).find((it) => /^slipway_[0-9A-Z]{26}$/.test(it.name));
    if (!found) return false;
    const done = (asked) => new Promise((resolve, reject) => { asked.onsuccess = () => resolve(asked.result); asked.onerror = () => reject(asked.error); });
    const db = await done(indexedDB.open(found.name));
    try {
      const rows = await done(db.transaction('base').objectStore('base').getAll());
      return rows.some((row) => words.every((word) => JSON.stringify(row).includes(word)));
    } finally {
      db.close();
    }
  }, words);
}

/** Waits until everything is with the server. */
export async function synced(page) {
  await page.waitForFunction(() => document.querySelector('.frame-standing')?.dataset.standing === 'online' && !/to send|offline/i.test(document.querySelector('.frame-standing').textContent));
}

/** Signs in over the page whose session has ended, if it has. */
export async function signInAgain(page, { login, password }) {
  const button = page.locator('.frame-banners').getByRole('button', { name: 'Sign in' });
  const online = page.locator('.frame-standing[data-standing="online"]');
  await button.or(online).first().waitFor();
  if (!(await button.isVisible())) return;
  await button.click();
  const dialog = page.getByRole('dialog', { name: 'Sign in to go on' });
  await dialog.getByLabel('Sign-in name').fill(login);
  await dialog.getByLabel('Password').fill(password);
  await dialog.getByRole('button', { name: 'Sign in' }).click();
  await dialog.waitFor({ state: 'hidden' });
}

/** What the server has journalled of a release, as `[{category, text, ...}]`, asked past the proxy's faults. */
export async function journal(page, number) {
  return page.evaluate(async (at) => (await (await fetch(at)).json()).items, `/api/v1/releases/${number}/journal?limit=100`);
}
