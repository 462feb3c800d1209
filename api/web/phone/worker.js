// The service worker: keeps the phone page's own files, all of one release, so that it opens without a connection.
// It never touches the API: what the officer made waits in the page's own store, not here.
const RELEASE = "vigil-phone-{release}";
const FILES = {files};

self.addEventListener("install", (event) => {
  const keep = async () => {
    const kept = await caches.open(RELEASE);
    await kept.addAll(FILES);
    await self.skipWaiting();
  };
  event.waitUntil(keep());
});

self.addEventListener("activate", (event) => {
  const forgetOthers = async () => {
    const names = await caches.keys();
    await Promise.all(names.filter((name) => name !== RELEASE).map((name) => caches.delete(name)));
    await self.clients.claim();
  };
  event.waitUntil(forgetOthers());
});

async function kept(request) {
  const name = request.mode === "navigate" ? FILES[0] : request.url;
  return (await (await caches.open(RELEASE)).match(name)) ?? fetch(request);
}

self.addEventListener("fetch", (event) => {
  const url = new URL(event.request.url);
  const ours = url.origin === location.origin && (url.pathname.startsWith("/page/") || url.pathname === FILES[0]);
  if (ours && event.request.method === "GET") event.respondWith(kept(event.request));
});
