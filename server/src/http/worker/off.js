// Served in place of the service worker when the operator has switched it off. Browsers that have one fetch
// this at their next check; it removes the builds they keep, and then itself. Data of people is not touched.
self.addEventListener('install', () => self.skipWaiting());
self.addEventListener('activate', (event) => event.waitUntil(leave()));

async function leave() {
  for (const name of await caches.keys()) {
    if (name.startsWith('app-')) await caches.delete(name);
  }
  await self.registration.unregister();
}
