// Times as people at the site read them. Everything is shown in the site's own time; the UTC stands in the tooltip.
import { html } from "../view.js";
import { language } from "../store/choices.js";
import { model } from "../store/live.js";
import { coarseNow } from "../store/connection.js";
import { say } from "../words/words.js";

const LOCALES = { en: "en-GB", zh: "zh-CN" };
const SHAPES = {
  clock: { hour: "2-digit", minute: "2-digit", second: "2-digit", hourCycle: "h23" },
  minute: { hour: "2-digit", minute: "2-digit", hourCycle: "h23" },
  day: { month: "short", day: "numeric", weekday: "short" },
  moment: { month: "short", day: "numeric", hour: "2-digit", minute: "2-digit", second: "2-digit", hourCycle: "h23" },
};
const formats = new Map();

function format(shape) {
  const zone = model.value?.timezone ?? "UTC";
  const key = `${shape} ${language.value} ${zone}`;
  if (!formats.has(key)) {
    formats.set(key, new Intl.DateTimeFormat(LOCALES[language.value], { ...SHAPES[shape], timeZone: zone }));
  }
  return formats.get(key);
}

export const inSiteTime = (shape, at) => (at === null || at === undefined ? "" : format(shape).format(new Date(at)));

// The date in site time, for telling days apart.
export const siteDay = (at) => inSiteTime("day", at);

export function utc(at) {
  return `${new Date(at).toISOString().replace("T", " ").replace(/\.\d+/, "").replace("Z", "")} UTC`;
}

const UNITS = [["age.d", 86400], ["age.h", 3600], ["age.min", 60], ["age.s", 1]];

// "3 h 20 min", "7 min", "12 s": as fine as somebody who looks at it needs.
export function duration(seconds) {
  const whole = Math.max(0, Math.floor(seconds));
  const first = UNITS.findIndex(([, size]) => whole >= size);
  if (first < 0) return say("age.s", { n: 0 });
  const [key, size] = UNITS[first];
  const shown = [say(key, { n: Math.floor(whole / size) })];
  const [finer, part] = UNITS[first + 1] ?? [];
  const rest = part ? Math.floor((whole % size) / part) : 0;
  if (rest > 0 && finer !== "age.s") shown.push(say(finer, { n: rest }));
  return shown.join(" ");
}

export const secondsSince = (at) => (coarseNow.value - Date.parse(at)) / 1000;

// A time, or what stands for its absence.
export function Time({ at, shape = "clock" }) {
  if (!at) return html`<span class="none">–</span>`;
  const today = siteDay(coarseNow.value) === siteDay(at);
  const shown = inSiteTime(shape === "clock" && !today ? "moment" : shape, at);
  return html`<time datetime=${at} title=${utc(at)}>${shown}</time>`;
}

// "7 min ago", in the order of the language.
export function Ago({ at }) {
  return html`<time datetime=${at} title=${`${inSiteTime("moment", at)} · ${utc(at)}`}>${say("age.ago", { age: duration(secondsSince(at)) })}</time>`;
}

export function Age({ at }) {
  if (!at) return html`<span class="none">–</span>`;
  return html`<time datetime=${at} title=${`${inSiteTime("moment", at)} · ${utc(at)}`}>${duration(secondsSince(at))}</time>`;
}
