// The service worker: keeps one whole build of the application on this device, so that it opens without a
// network. It knows nothing of data: what is under /api and /sync goes past it, and the pages keep their own.
//
// The server fills in the two constants below (server/src/http/worker.rs), so every build has a worker of its
// own. A new one is fetched beside the old and waits until the person agrees or every page is closed.

/** Name of the build. */
const BUILD = '{build}';
/** Every file of it as [address, digest]; the digest is written as `integrity` of a request wants it. */
const FILES = ['{files}'];

/** A page holds a Web Lock of this name while it runs the build; see `activate`. */
const CACHE = `app-${BUILD}`;
/** The document of every page; it holds nothing of anybody. */
const SHELL = '/shell.html';
const ADDRESSES = new Set(FILES.map(([address]) => address));
/** What the server answers besides pages and files of a build. */
const NOT_OURS = /^\/(api|sync|healthz|readyz|metrics)(\/|$)/;

self.addEventListener('install', (event) => event.waitUntil(install()));
self.addEventListener('activate', (event) => event.waitUntil(activate()));
self.addEventListener('message', (event) => {
  if (event.data === 'take-over') self.skipWaiting();
});
self.addEventListener('fetch', (event) => {
  const { request } = event;
  const { origin, pathname } = new URL(request.url);
  if (request.method !== 'GET' || origin !== location.origin || NOT_OURS.test(pathname)) return;
  if (ADDRESSES.has(pathname) || pathname.startsWith('/pkg/')) {
    event.respondWith(file(request));
  } else if (request.mode === 'navigate') {
    event.respondWith(shell(request));
  }
});

/** Fetches all files or none: half a build would fail where there is no network to fetch the other half. */
async function install() {
  const first = !(await caches.has(CACHE));
  try {
    const cache = await caches.open(CACHE);
    const missing = [];
    await Promise.all(
      FILES.map(async (one) => {
        const known = await onThisDevice(one);
        if (known) await cache.put(one[0], known);
        else missing.push(one);
      }),
    );
    // The browser compares the digests, and adds nothing when one file is refused or is not the right one.
    await cache.addAll(missing.map(([address, integrity]) => new Request(address, { integrity, cache: 'no-cache' })));
  } catch (error) {
    // The worker before this one stays in charge; the next check for updates tries again.
    if (first) await caches.delete(CACHE);
    throw error;
  }
}

/** The same content as an older build left it here. */
async function onThisDevice([address, integrity]) {
  const known = await caches.match(address, { ignoreVary: true });
  return known && (await digest(known.clone())) === integrity ? known : undefined;
}

async function digest(response) {
  const bytes = await crypto.subtle.digest('SHA-256', await response.arrayBuffer());
  return `sha256-${btoa(String.fromCharCode(...new Uint8Array(bytes)))}`;
}

/** Drops the builds that no open page runs, and takes over the pages. */
async function activate() {
  const { held } = await navigator.locks.query();
  const used = new Set([CACHE, ...held.map((lock) => lock.name)]);
  for (const name of await caches.keys()) {
    if (name.startsWith('app-') && !used.has(name)) await caches.delete(name);
  }
  await clients.claim();
}

/** A file of this build; else of an older one that a page still runs; else whatever the server has. */
async function file(request) {
  return (
    (await caches.match(request, { cacheName: CACHE, ignoreVary: true })) ??
    (await caches.match(request, { ignoreVary: true })) ??
    fetch(request)
  );
}

/** Every address of a page is the same document. The server is asked only if the browser has lost it. */
async function shell(request) {
  return (await caches.match(SHELL, { cacheName: CACHE, ignoreVary: true })) ?? fetch(request);
}
