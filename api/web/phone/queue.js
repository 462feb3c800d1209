// Every observation made on this phone: numbered and stored when it is made, sent in order, done with on its receipt.
import { computed, signal } from "../view.js";
import { asked, KEPT_MS, readObservations, together } from "./database.js";
import { reach, Refused, send, token } from "./vigil.js";

const FIRST_WAIT_MS = 2000;
const LONGEST_WAIT_MS = 30000;
const BATCH = 50;

// All that were made here and are still known, by number. `state`: "waiting", "received", or "aside" with a `detail`.
export const observations = signal([]);
export const waiting = computed(() => observations.value.filter((one) => one.state === "waiting"));
export const aside = computed(() => observations.value.filter((one) => one.state === "aside"));

export async function loadQueue() {
  observations.value = await readObservations();
}

// A name for this installation that never comes again; `crypto.randomUUID` is missing on plain HTTP.
function newBoot() {
  const bytes = crypto.getRandomValues(new Uint8Array(12));
  return `w-${Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("")}`;
}

// Stores one and gives it; resolved means that it is on disk. `forget` names a fact that is done with by it.
export async function observe(kind, body, { photo = null, at = new Date().toISOString(), forget = null } = {}) {
  const made = await together(async (facts, stored) => {
    const boot = (await asked(facts.get("boot"))) ?? newBoot();
    const seq = (await asked(facts.get("next_seq"))) ?? 1;
    const one = { seq, kind, photo, state: "waiting", detail: "", body: { boot, seq, at, ...body } };
    facts.put(boot, "boot");
    facts.put(seq + 1, "next_seq");
    if (forget) facts.delete(forget);
    stored.add(one);
    return one;
  });
  await loadQueue();
  sendWaiting();
  return made;
}

const isUrgent = (one) => one.kind === "person" && one.body.signal === "sos";

// A call for help goes before everything else; all the rest in the order in which it was made.
function nextBatch(left) {
  const urgent = left.filter(isUrgent);
  return urgent.length > 0 ? urgent : left.slice(0, BATCH);
}

async function update(seq, change) {
  await together(async (_, stored) => {
    const one = await asked(stored.get(seq));
    if (one) stored.put({ ...one, ...change(one) });
  });
}

// A photograph goes first, because the scan names it; one that is refused stays behind, the scan does not.
async function sendPhoto(one) {
  try {
    const { reference } = await send("photos", one.photo, "image/jpeg");
    await update(one.seq, (known) => ({ photo: null, body: { ...known.body, photo: reference } }));
    return { ...one.body, photo: reference };
  } catch (error) {
    if (!(error instanceof Refused) || reach.value === "refused") throw error;
    await update(one.seq, () => ({ photo: null, detail: error.message }));
    return one.body;
  }
}

async function sendBatch(batch) {
  const items = [];
  for (const one of batch) items.push({ kind: one.kind, body: one.photo ? await sendPhoto(one) : one.body });
  const { receipts } = await send("observations", JSON.stringify({ observations: items }), "application/json");
  await together(async (_, stored) => {
    for (const [index, one] of batch.entries()) {
      const known = await asked(stored.get(one.seq));
      const { outcome, reason, detail } = receipts[index];
      const became = outcome === "stored" ? { state: "received" } : { state: "aside", detail: detail || reason };
      stored.put({ ...known, photo: null, ...became });
    }
  });
}

// What Vigil cannot even read as a whole is tried one by one, so that one of them never holds up the others.
async function sendOneByOne(batch) {
  for (const one of batch) {
    try {
      await sendBatch([one]);
    } catch (error) {
      if (!(error instanceof Refused) || reach.value === "refused") throw error;
      await update(one.seq, () => ({ state: "aside", detail: error.message }));
    }
  }
}

async function sendAll() {
  for (;;) {
    const left = (await readObservations()).filter((one) => one.state === "waiting");
    if (left.length === 0) return;
    const batch = nextBatch(left);
    try {
      await sendBatch(batch);
    } catch (error) {
      if (!(error instanceof Refused) || reach.value === "refused") throw error;
      await sendOneByOne(batch);
    } finally {
      await loadQueue();
    }
  }
}

// Two tabs never send at once, where the browser has locks; twice would do no harm either.
const alone = (work) => (navigator.locks ? navigator.locks.request("vigil-phone-send", work) : work());

let sending = false;
let timer = null;
let wait = FIRST_WAIT_MS;

export async function sendWaiting() {
  if (sending || !token.value) return;
  sending = true;
  clearTimeout(timer);
  try {
    await alone(sendAll);
    wait = FIRST_WAIT_MS;
  } catch {
    timer = setTimeout(sendWaiting, wait);
    wait = Math.min(LONGEST_WAIT_MS, wait * 2);
  } finally {
    sending = false;
  }
  // One that was made while the last batch was on its way.
  if (waiting.value.length > 0 && reach.value === "reached") sendWaiting();
}

export async function forgetOld() {
  const before = new Date(Date.now() - KEPT_MS).toISOString();
  await together(async (_, stored) => {
    const known = await asked(stored.getAll());
    for (const one of known) if (one.state === "received" && one.body.at < before) stored.delete(one.seq);
  });
  await loadQueue();
}

export function keepSending() {
  addEventListener("online", () => {
    wait = FIRST_WAIT_MS;
    sendWaiting();
  });
  addEventListener("visibilitychange", () => document.visibilityState === "visible" && sendWaiting());
  sendWaiting();
}
