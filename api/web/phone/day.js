// What the phone knows of its site and of today's tours: as last read from Vigil, with what was made here since on top.
import { computed, signal } from "../view.js";
import { language } from "../store/choices.js";
import { readFact, writeFact } from "./database.js";
import { observations } from "./queue.js";
import { speak, token } from "./vigil.js";

const EVERY_MS = 15000;
const LOCALES = { en: "en-GB", zh: "zh-CN" };

// The answer of `/api/v1/phone`, with the phone's own time at which it came.
export const day = signal(null);
// Who carries this phone now: an opaque id, or null.
export const officer = signal(null);
export const now = signal(Date.now());

export async function loadDay() {
  [day.value, officer.value] = [(await readFact("day")) ?? null, (await readFact("officer")) ?? null];
}

export async function chooseOfficer(id) {
  await writeFact("officer", id);
  officer.value = id;
}

export async function refreshDay() {
  if (!token.value) return;
  try {
    const read = { ...(await speak("phone")), read_at: Date.now() };
    await writeFact("day", read);
    day.value = read;
  } catch {
    // What was read before stands, with its age; `reach` says why.
  }
}

export function keepReading() {
  const look = () => {
    now.value = Date.now();
    if (document.visibilityState === "visible") refreshDay();
  };
  setInterval(look, EVERY_MS);
  addEventListener("visibilitychange", look);
  addEventListener("online", look);
  look();
}

export const checkpoints = computed(() => new Map((day.value?.checkpoints ?? []).map((one) => [one.id, one])));
export const officerName = (id) => day.value?.officers.find((one) => one.id === id)?.name ?? id ?? "";

// How far this phone's clock is from Vigil's, in seconds, when the tours were read.
export const clockOff = computed(() => (day.value ? (day.value.read_at - Date.parse(day.value.at)) / 1000 : 0));

const OVER = new Set(["completed", "completed_late", "incomplete", "missed", "abandoned"]);
export const isOver = (run) => OVER.has(run.state);
const mine = (run) => run.officers.length === 0 || run.officers.includes(officer.value);

// This officer's runs: what is under way, what comes (the soonest first), what is over (the latest first).
export const myRuns = computed(() => {
  const rank = (run) => (isOver(run) ? 2 : run.state === "scheduled" ? 1 : 0);
  const runs = (day.value?.runs ?? []).filter(mine);
  return runs.sort((a, b) => rank(a) - rank(b) || (a.starts_at < b.starts_at ? -1 : 1) * (rank(a) === 2 ? -1 : 1));
});

// When a stop was scanned: as Vigil judged it, or as this phone remembers; null while it is to be done.
export function scannedAt(run, stop) {
  if (stop.scanned_at) return stop.scanned_at;
  const made = observations.value.find(
    ({ kind, state, body }) =>
      kind === "scan" && state !== "aside" && body.checkpoint === stop.checkpoint &&
      Date.parse(body.at) >= Date.parse(run.opens_at) && Date.parse(body.at) <= Date.parse(stop.missed_at),
  );
  return made?.body.at ?? null;
}

export const nextStop = (run) => run.stops.find((stop) => !scannedAt(run, stop) && stop.verdict !== "missed") ?? null;

const formats = new Map();

// A time of day as the site's clocks show it.
export function clock(at) {
  if (!at) return "–";
  const zone = day.value?.timezone ?? "UTC";
  const key = `${language.value} ${zone}`;
  const shape = { hour: "2-digit", minute: "2-digit", hourCycle: "h23", timeZone: zone };
  if (!formats.has(key)) formats.set(key, new Intl.DateTimeFormat(LOCALES[language.value], shape));
  return formats.get(key).format(new Date(at));
}
