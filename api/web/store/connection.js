// Whether what is shown is the present: what was heard last, Vigil's own clock, and why the picture may be old.
import { computed, signal } from "../view.js";

// A live stream says something every 2 s; silence for longer than this is not calm.
export const SILENT_MS = 5000;
const BEHIND_SECONDS = 5;

// The stream's own word: "connecting", "open" or "down".
export const link = signal("connecting");
const heardAt = signal(null);
// Until the first word, silence counts from here: a stream that never speaks is not calm either.
const began = performance.now();
const beganAt = Date.now();
const beat = signal(null);
const instant = signal(performance.now());

let rate = 1;

export function heard() {
  heardAt.value = performance.now();
}

// Vigil's clock may be a faster one (a demonstration, a recording), so its pace is learnt from two heartbeats.
export function heardBeat(data) {
  const now = performance.now();
  const at = Date.parse(data.at);
  const before = beat.value;
  if (before && now - before.heard > 500) {
    const measured = (at - before.at) / (now - before.heard);
    rate = measured > 0.8 && measured < 1.25 ? 1 : Math.max(0, measured);
  }
  beat.value = { at, heard: now, following: data.following, behind: data.behind_seconds };
  heard();
}

export const silentFor = () => performance.now() - (heardAt.value ?? began);

export function tick() {
  instant.value = performance.now();
}

// "connecting" until the first word, then "live", or why not: "down", "silent", "blind" (Vigil cannot read its store),
// "behind" (its engine is late).
export const state = computed(() => {
  if (instant.value - (heardAt.value ?? began) > SILENT_MS) return link.value === "down" ? "down" : "silent";
  if (heardAt.value === null) return link.value === "down" ? "down" : "connecting";
  if (beat.value && !beat.value.following) return "blind";
  if (beat.value && beat.value.behind > BEHIND_SECONDS) return "behind";
  return "live";
});

export const stale = computed(() => state.value !== "live" && state.value !== "connecting");

// Whether Vigil has said what time it has; until then `vigilNow` is only the browser's.
export const knowsTime = computed(() => beat.value !== null);

// Vigil's time in ms; it stands still at the last word, or where the page began, while nothing is heard.
export const vigilNow = computed(() => {
  const last = beat.value;
  if (!last) return stale.value ? beganAt : Date.now();
  const until = stale.value ? heardAt.value : instant.value;
  return last.at + Math.max(0, until - last.heard) * rate;
});

// The same for ages, which need not be redrawn every second.
export const coarseNow = computed(() => Math.floor(vigilNow.value / 5000) * 5000);

export const behindSeconds = computed(() => Math.round(beat.value?.behind ?? 0));
