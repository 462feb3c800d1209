// The phone's own store (IndexedDB), which survives a closed browser: facts by name, and every observation made here.
const NAME = "vigil-phone";
const VERSION = 1;
// Received ones are kept a day, so that the tours show what was done even before Vigil has been asked again.
export const KEPT_MS = 24 * 3600 * 1000;

let opened = null;

function open() {
  opened ??= new Promise((resolve, reject) => {
    const request = indexedDB.open(NAME, VERSION);
    request.onupgradeneeded = () => {
      request.result.createObjectStore("facts");
      request.result.createObjectStore("observations", { keyPath: "seq" });
    };
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
  return opened;
}

// What one request of a transaction answers.
export const asked = (request) =>
  new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });

// One transaction around `work`: all of it is on disk when this resolves, or none of it.
export async function together(work) {
  const database = await open();
  return new Promise((resolve, reject) => {
    const transaction = database.transaction(["facts", "observations"], "readwrite", { durability: "strict" });
    let result;
    transaction.oncomplete = () => resolve(result);
    transaction.onabort = () => reject(transaction.error ?? new Error("not stored"));
    work(transaction.objectStore("facts"), transaction.objectStore("observations")).then(
      (value) => {
        result = value;
      },
      () => transaction.abort(),
    );
  });
}

export const readFact = (name) => together((facts) => asked(facts.get(name)));
export const writeFact = (name, value) => together((facts) => asked(facts.put(value, name)));
export const readObservations = () => together((_, observations) => asked(observations.getAll()));

// Asks the browser not to clear this store when the phone's memory runs low.
export const keepForGood = () => navigator.storage?.persist?.().catch(() => false);
