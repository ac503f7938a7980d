// The application on a device: installed whole, opened without a server, changed to a newer build on consent,
// and given up when the operator says so. Real profiles on disk, a server that is really killed.
import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { isDeepStrictEqual as same } from 'node:util';
import { axe } from '../support/axe.js';
import { launchDevice } from '../support/browser.js';
import { settled, signIn } from '../support/house.js';
import { demo } from '../support/people.js';
import { addStep, registerDraft, stepRow, stored } from '../support/plan.js';
import { faultyProxy } from '../support/proxy.js';
import { freePort, startServer } from '../support/server.js';
import { anotherBuild, manifest } from '../support/site.js';
import { watch } from '../support/watch.js';

const PATIENCE = { timeout: 180_000 };
const STEP_MS = 30_000;

let data;
let newer;
const folders = [];

async function folder(kind) {
  const made = await mkdtemp(join(tmpdir(), `slipway-${kind}-`));
  folders.push(made);
  return made;
}

before(async () => {
  data = await folder('data');
  // Fills the demo estate; every journey starts a server of its own over it.
  await (await startServer({ demo: true, data })).stop();
  newer = await anotherBuild('newer');
  folders.push(newer.folder);
});

after(async () => {
  for (const one of folders) await rm(one, { recursive: true, force: true });
});

/** A journey with a device and a way to start servers on its one address. */
function journey(name, steps) {
  test(name, PATIENCE, async () => {
    const profile = await folder('profile');
    const port = await freePort();
    let server;
    let context;
    const device = {
      port,
      url: `http://127.0.0.1:${port}`,
      /** The server, on the address of the device unless told otherwise. */
      async serve(options = {}) {
        server = await startServer({ data, port, ...options });
        return server;
      },
      async stopServing() {
        await server.stop();
        server = undefined;
      },
      async killServer() {
        await server.kill();
        server = undefined;
      },
      async open(at = '/', options = {}) {
        context = await launchDevice(profile, { baseURL: device.url, reducedMotion: 'reduce', locale: 'en-GB', ...options });
        context.setDefaultTimeout(STEP_MS);
        const page = context.pages()[0];
        await page.goto(at);
        return page;
      },
      async close() {
        await context.close();
        context = undefined;
      },
    };
    try {
      await steps(device);
    } finally {
      await context?.close();
      await server?.kill();
    }
  });
}

/** Asks again until `check` says yes. A page that starts anew meanwhile cannot answer; that is a no. */
async function until(what, check) {
  const deadline = Date.now() + STEP_MS;
  while (!(await check().catch(() => false))) {
    if (Date.now() > deadline) throw new Error(`not within ${STEP_MS} ms: ${what}`);
    await sleep(50);
  }
}

/** The workers of the device by place, with their states: `{installing, waiting, active}`, each only if there is one. */
function workers(page) {
  return page.evaluate(async () => {
    const registration = (await navigator.serviceWorker.getRegistration()) ?? {};
    const places = ['installing', 'waiting', 'active'].filter((place) => registration[place]);
    return Object.fromEntries(places.map((place) => [place, registration[place].state]));
  });
}

/** Waits until the build of the page is whole on the device and its worker in charge; answers the build's name. */
async function installed(page) {
  await page.waitForFunction(() => navigator.serviceWorker.controller?.state === 'activated');
  return build(page);
}

function build(page) {
  return page.evaluate(() => document.documentElement.dataset.build);
}

/** Waits until the page runs another build than `before`, and is ready. */
async function runsAnother(page, before) {
  await page.waitForFunction((before) => document.documentElement.dataset.build !== before, before);
  await settled(page);
  return build(page);
}

function caches(page) {
  return page.evaluate(() => caches.keys());
}

/** Addresses that are in the cache of a build, sorted. */
function kept(page, name) {
  return page.evaluate(async (name) => {
    const cache = await caches.open(`app-${name}`);
    return (await cache.keys()).map((request) => new URL(request.url).pathname).sort();
  }, name);
}

/** What a device must have of the build in `site`. */
async function whole(site) {
  const { files } = await manifest(site);
  return [...files.filter((file) => file.offline).map((file) => file.url).filter((url) => url !== '/sw.js'), '/shell.html'].sort();
}

journey('a device has every file of the build, and opens any address while the server is dead', async (device) => {
  await device.serve();
  let page = await device.open();
  const watched = watch(page);
  watched.allow(401, '/api/');
  await signIn(page, demo.author);
  const name = await installed(page);
  assert.deepEqual(await kept(page, name), await whole());
  const session = await page.context().newCDPSession(page);
  assert.deepEqual((await session.send('Page.getInstallabilityErrors')).installabilityErrors, []);
  assert.deepEqual((await session.send('Page.getAppManifest')).errors, []);
  assert.deepEqual(watched.problems(), []);

  await device.killServer();
  await device.close();
  page = await device.open('/releases/REL-000001');
  await page.getByText('Offline').first().waitFor();
  assert.equal(new URL(page.url()).pathname, '/releases/REL-000001');
  assert.equal(await build(page), name);
  assert.equal(await page.locator('#splash').count(), 0);
  await axe(page, 'opened without a server');
  await page.goto('/');
  await page.getByText('Offline').first().waitFor();

  // Nothing to press: the page goes on when the server is back.
  await device.serve();
  await page.getByRole('heading', { name: /Welcome|Sign in/ }).waitFor();
});

journey('a newer build waits for consent, and no page loses what is being typed', async (device) => {
  await device.serve();
  const first = await device.open();
  await signIn(first, demo.author);
  const before = await installed(first);
  const second = await first.context().newPage();
  await second.goto('/');
  const at = await registerDraft(second, { title: 'Draft of an old build' });
  const row = await addStep(second, 'Swap the switch');
  await stored(second);

  await first.context().setOffline(true);
  await first.getByText(/Offline since/).waitFor();
  await device.stopServing();
  await device.serve({ site: newer.folder });
  await first.context().setOffline(false);
  const bar = first.getByRole('status').filter({ hasText: 'Update ready' });
  await bar.waitFor();
  assert.equal(await build(first), before, 'nothing changes by itself');
  await axe(first, 'an update that waits');
  const box = await bar.boundingBox();
  const main = await first.locator('main').boundingBox();
  assert.ok(box.y + box.height <= main.y + 1, 'the bar stands above the page, not on it');

  // Still in the field, not sent yet.
  await row.getByLabel('Minutes').fill('25');
  const starts = { first: 0, second: 0 };
  first.on('load', () => starts.first++);
  second.on('load', () => starts.second++);
  await bar.getByRole('button', { name: 'Update now' }).focus();
  await first.keyboard.press('Enter');
  const after = await runsAnother(first, before);
  assert.equal(await runsAnother(second, before), after);
  assert.equal(new URL(second.url()).pathname, at);
  await stepRow(second, 'Swap the switch').getByText('25 min').waitFor();
  await stored(second);
  assert.deepEqual(starts, { first: 1, second: 1 });
  assert.deepEqual(await kept(second, after), await whole(newer.folder));
  assert.equal(await second.evaluate(() => getComputedStyle(document.documentElement).getPropertyValue('--mark')), '"newer"');
});

journey('a build that does not arrive whole changes nothing, and arrives at the next try', async (device) => {
  await device.serve();
  let page = await device.open();
  const before = await installed(page);
  await device.stopServing();

  const behind = await freePort();
  await device.serve({ port: behind, site: newer.folder });
  let spoilt = 0;
  let broken = true;
  const proxy = await faultyProxy(device.port, `http://127.0.0.1:${behind}`, (path) => broken && path === newer.css && ++spoilt > 0);
  try {
    await page.reload();
    await settled(page);
    // Browser and page each try; between two tries nothing of the spoilt build is left.
    await until('the spoilt build is given up', async () => {
      const idle = same(await workers(page), { active: 'activated' });
      return spoilt > 0 && idle && same(await caches(page), [`app-${before}`]);
    });
    assert.deepEqual(await kept(page, before), await whole());
    assert.equal(await page.getByText('Update ready').count(), 0);

    broken = false;
    await page.reload();
    await until('the build waits', async () => same(await workers(page), { active: 'activated', waiting: 'installed' }));
    // Nobody agreed, but with every page closed there is nobody to disturb.
    await device.close();
    page = await device.open();
    const after = await runsAnother(page, before);
    assert.deepEqual(await caches(page), [`app-${after}`]);
    assert.deepEqual(await kept(page, after), await whole(newer.folder));
  } finally {
    await proxy.close();
  }
});

journey('the kill switch takes worker and builds off the device, and nothing else', async (device) => {
  await device.serve();
  const page = await device.open();
  await signIn(page, demo.author);
  await installed(page);
  await page.evaluate(() => localStorage.setItem('slipway.test', 'stays'));
  await device.stopServing();

  await device.serve({ env: { SLIPWAY_SERVICE_WORKER: 'off' } });
  // The page starts anew by itself, unless the switch was quicker than its start; then the next load does it.
  await until('the page comes from the server', async () => {
    await page.reload();
    return page.waitForFunction(() => document.documentElement.dataset.worker === 'off', null, { timeout: 5_000 });
  });
  await settled(page);
  await until('nothing is left', async () => same(await workers(page), {}) && (await caches(page)).length === 0);
  assert.equal(await page.evaluate(() => localStorage.getItem('slipway.test')), 'stays');
  await page.getByRole('navigation', { name: 'Main' }).waitFor();
  await until('no worker came back', async () => same(await workers(page), {}));
  assert.deepEqual(await caches(page), []);
});

journey('over plain http from another machine the page works, without a worker', async (device) => {
  await device.serve();
  const page = await device.open('/', { args: ['--host-resolver-rules=MAP slipway.example 127.0.0.1'] });
  const watched = watch(page);
  watched.allow(401, '/api/');
  await page.goto(`http://slipway.example:${device.port}`);
  await page.getByRole('heading', { name: 'Sign in' }).waitFor();
  assert.equal(await page.evaluate(() => 'serviceWorker' in navigator), false);
  // Chromium says that the policy on openers needs https; that is what this journey is about.
  assert.deepEqual(watched.problems().filter((it) => !it.includes('Cross-Origin-Opener-Policy')), []);
});
