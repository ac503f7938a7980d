// Figures of the browser, for `cargo xtask bench browser`: one line each, with its goal. Nothing fails when a goal is
// missed; a step that does not come about does.
import { makeDevice, installed, says, synced } from '../support/device.js';
import { demo } from '../support/people.js';
import { addStep, registerDraft, stepRow } from '../support/plan.js';
import { startProxy } from '../support/network.js';
import { startServer } from '../support/server.js';

const DATA = ['/sync/', '/api/'];
/** As slow as a tablet beside this machine. */
const SLOW_DOWN = 4;
const ROUNDS = 5;
const EDITS = 100;
const QUEUE = 1_000;
const RELEASES = 500;

const only = process.argv[2] ?? '';
const figures = { durable, queue, offline, list };

const server = await startServer({ demo: true });
const proxy = await startProxy(() => ({ host: '127.0.0.1', port: Number(new URL(server.url).port) }));
try {
  for (const [name, measure] of Object.entries(figures)) {
    if (!name.includes(only)) continue;
    proxy.fault('none');
    const device = await makeDevice(proxy.url, { as: demo.author });
    try {
      await device.start();
      await measure(device);
    } finally {
      await device.dispose();
    }
  }
} finally {
  await proxy.close();
  await server.stop();
}

/** From the end of an edit (the field is left) to the end of the strict transaction that holds it. */
async function durable(device) {
  const { page } = device;
  const step = await offlineDraft(device);
  const times = await edit(page, step, EDITS);
  print(`edit to disk, ${EDITS} edits`, times, 'ms', 'p95 <= 100 ms');
}

/** With a long queue: everything is computed anew from what is confirmed and the queue, and shown. */
async function queue(device) {
  const { page } = device;
  const step = await offlineDraft(device);
  await edit(page, step, QUEUE);
  await says(page, new RegExp(`${QUEUE} to send`));
  const session = await page.context().newCDPSession(page);
  await session.send('Performance.enable');
  const metric = async (name) => (await session.send('Performance.getMetrics')).metrics.find((it) => it.name === name).value * 1_000;
  const [scripts, tasks] = [[], []];
  for (let round = 0; round < 20; round++) {
    const [script, task] = [await metric('ScriptDuration'), await metric('TaskDuration')];
    await edit(page, step, 1, QUEUE + round);
    await frame(page);
    scripts.push((await metric('ScriptDuration')) - script);
    tasks.push((await metric('TaskDuration')) - task);
  }
  print(`one more edit with ${QUEUE} waiting on one release: script, rebase in it`, scripts, 'ms', '<= 50 ms for the rebase');
  print('    the whole main thread, with layout and paint', tasks, 'ms');
}

/** Browser started again, no server: until the list of what is on the device can be used. */
async function offline(device) {
  await installed(device.page);
  await fill(device.page, RELEASES);
  await device.page.goto('/device');
  await device.page.waitForFunction((count) => document.querySelectorAll('.page-device-list > li').length >= count, RELEASES, { timeout: 120_000 });
  await synced(device.page);
  proxy.fault('refuse');
  const times = [];
  for (let round = 0; round < ROUNDS; round++) {
    await device.context.close();
    await device.open();
    await throttle(device.page);
    times.push(await rowsAfter(device.page, '/releases', RELEASES / 10));
  }
  print(`start without a server, ${RELEASES} releases on the device, to the rows`, times, 'ms', '<= 1500 ms');
}

/** The list, from nothing but an address and a session. */
async function list(device) {
  const [shown, paints, shifts, bytes, warm] = [[], [], [], [], []];
  let rows = 0;
  for (let round = 0; round < ROUNDS; round++) {
    const { page, close } = await newcomer(device);
    const session = await throttle(page);
    await session.send('Network.enable');
    let received = 0;
    session.on('Network.loadingFinished', (it) => (received += it.encodedDataLength));
    await page.addInitScript(() => {
      globalThis.seen = { lcp: 0, cls: 0 };
      new PerformanceObserver((list) => (globalThis.seen.lcp = list.getEntries().at(-1).startTime)).observe({ type: 'largest-contentful-paint', buffered: true });
      new PerformanceObserver((list) => list.getEntries().forEach((it) => (globalThis.seen.cls += it.value))).observe({ type: 'layout-shift', buffered: true });
    });
    shown.push(await rowsAfter(page, '/releases', 1));
    await page.waitForLoadState('networkidle').catch(() => {});
    const seen = await page.evaluate(() => globalThis.seen);
    paints.push(seen.lcp);
    shifts.push(seen.cls);
    bytes.push(received / 1_000);
    rows = await page.evaluate(() => [...document.querySelectorAll('main tbody tr')].filter((it) => it.getBoundingClientRect().bottom <= innerHeight).length);
    warm.push(await rowsAfter(page, '/releases', 1));
    await close();
  }
  print('list of releases, cold: largest paint', paints, 'ms', '<= 600 ms');
  print(`    rows on screen (${rows} of them whole)`, shown, 'ms', '<= 900 ms');
  print('    layout shift', shifts, '', '<= 0.02');
  print('    received', bytes, 'kB', '<= 500 kB');
  print('    warm: rows on screen', warm, 'ms', '<= 400 ms');
}

/** A draft with a step that is open, and nobody answers any more; answers the step. */
async function offlineDraft({ page }) {
  await registerDraft(page, { title: 'Measured' });
  await addStep(page, 'Step');
  await synced(page);
  proxy.fault('refuse', { only: DATA });
  return stepRow(page, 'Step');
}

/** Changes the minutes of a step again and again; answers the time until each change was on the disk. */
async function edit(page, step, count, first = 0) {
  const field = await step.getByLabel('Minutes', { exact: true }).elementHandle();
  return page.evaluate(
    async ([field, count, first]) => {
      if (!globalThis.written) {
        globalThis.written = { resolve() {} };
        const begin = IDBDatabase.prototype.transaction;
        IDBDatabase.prototype.transaction = function (stores, mode, options) {
          const transaction = begin.call(this, stores, mode, options);
          if (mode === 'readwrite' && options?.durability === 'strict') {
            const put = IDBObjectStore.prototype.put;
            const outbox = transaction.objectStore('outbox');
            outbox.put = function (...row) {
              transaction.addEventListener('complete', () => globalThis.written.resolve(performance.now()));
              return put.apply(this, row);
            };
            const store = transaction.objectStore.bind(transaction);
            transaction.objectStore = (name) => (name === 'outbox' ? outbox : store(name));
          }
          return transaction;
        };
      }
      const times = [];
      const set = Object.getOwnPropertyDescriptor(HTMLInputElement.prototype, 'value').set;
      for (let number = 0; number < count; number++) {
        field.focus();
        set.call(field, String(((first + number) % 900) + 11));
        field.dispatchEvent(new Event('input', { bubbles: true }));
        const done = new Promise((resolve) => (globalThis.written.resolve = resolve));
        const from = performance.now();
        field.blur();
        times.push((await done) - from);
      }
      return times;
    },
    [field, count, first],
  );
}

/** Until the page has painted what it has been told. */
function frame(page) {
  return page.evaluate(() => new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve))));
}

/** Makes the page's main thread slower; answers the session, which keeps it so. */
async function throttle(page) {
  const session = await page.context().newCDPSession(page);
  await session.send('Emulation.setCPUThrottlingRate', { rate: SLOW_DOWN });
  return session;
}

/** Opens an address; answers the milliseconds from its navigation until a frame with so many rows was painted. */
async function rowsAfter(page, at, rows) {
  await page.goto(new URL(at, proxy.url).href, { waitUntil: 'commit' });
  return page.evaluate(
    (rows) =>
      new Promise((resolve) => {
        const look = () => {
          if (document.querySelectorAll('main tbody tr a').length < rows) return requestAnimationFrame(look);
          requestAnimationFrame(() => resolve(performance.now()));
        };
        look();
      }),
    rows,
  );
}

/** A browser window that has the session of the device and nothing else. */
async function newcomer(device) {
  const { cookies } = await device.context.storageState();
  const context = await device.context.browser().newContext({ viewport: { width: 1280, height: 800 }, serviceWorkers: 'block' });
  await context.addCookies(cookies);
  return { page: await context.newPage(), close: () => context.close() };
}

/** Drafts of the person, by the API in the page's own session. */
function fill(page, count) {
  return page.evaluate(async (count) => {
    for (let number = 0; number < count; number += 20) {
      const some = Array.from({ length: Math.min(20, count - number) }, (_, it) => number + it);
      await Promise.all(
        some.map(async (it) => {
          const fields = { title: `Measured release ${it}`, release_type: 'standard', planned_start: '2031-03-01T20:00:00Z', planned_end: '2031-03-01T23:00:00Z' };
          const answer = await fetch('/api/v1/releases', { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify({ fields, steps: [] }) });
          if (!answer.ok) throw new Error(`${answer.status} ${await answer.text()}`);
        }),
      );
    }
  }, count);
}

function print(what, values, unit, goal = '') {
  const sorted = [...values].sort((a, b) => a - b);
  const at = (part) => sorted[Math.min(sorted.length - 1, Math.floor(part * sorted.length))];
  const digits = unit === '' ? 3 : 1;
  console.log(`${what.padEnd(72)} p50 ${at(0.5).toFixed(digits).padStart(8)} p95 ${at(0.95).toFixed(digits).padStart(8)} ${unit.padEnd(3)} ${goal}`);
}
