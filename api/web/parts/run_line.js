// A tour run drawn on a time axis: when each stop is due and missed, and when it was really scanned.
import { html } from "../view.js";
import { personName } from "../store/live.js";
import { inSiteTime, utc } from "../format/time.js";
import { said, say, term } from "../words/words.js";
import { model } from "../store/live.js";

const BAD = new Set(["missed", "incomplete"]);
const WARN = new Set(["late", "early", "out_of_order", "too_fast", "too_slow", "wrong_officer", "completed_late", "due", "abandoned"]);

export const stateTone = (state) => (BAD.has(state) ? "bad" : WARN.has(state) ? "warn" : "plain");

// A letter beside the colour, so that a verdict is read without it.
const LETTER = {
  on_time: "✓", early: "E", late: "L", missed: "✕", pending: "", out_of_order: "O", too_fast: "F", too_slow: "S", wrong_officer: "W",
};

export const stopName = (stop) => said(model.value.checkpoints.get(stop.checkpoint)?.name) || stop.checkpoint;

export function stopWords(stop) {
  const due = say("tour.due", { at: inSiteTime("clock", stop.due_at) });
  const scanned = stop.scanned_at && say("tour.scanned", { at: inSiteTime("clock", stop.scanned_at), by: personName(stop.officer) });
  return [stopName(stop), term("stop_verdict", stop.verdict), due, scanned].filter(Boolean).join(" · ");
}

export function RunLine({ run, now }) {
  const start = Date.parse(run.starts_at);
  const end = Math.max(Date.parse(run.ends_at), ...run.stops.map((stop) => Date.parse(stop.missed_at)));
  const at = (time) => Math.min(100, Math.max(0, ((Date.parse(time) - start) / (end - start || 1)) * 100));
  const present = ((now - start) / (end - start || 1)) * 100;
  return html`<div class="run-line" role="img" aria-label=${run.stops.map(stopWords).join("; ")}>
    <div class="run-axis"></div>
    ${present > 0 && present < 100 && html`<div class="run-now" style=${{ left: `${present}%` }} title=${utc(now)}></div>`}
    ${run.stops.map((stop) => html`<div key=${stop.checkpoint} class="run-grace" style=${{ left: `${at(stop.due_at)}%`, width: `${at(stop.missed_at) - at(stop.due_at)}%` }}></div>`)}
    ${run.stops.map((stop) => html`<div key=${stop.checkpoint} class=${`run-stop verdict-${stop.verdict}`}
      style=${{ left: `${at(stop.scanned_at ?? stop.due_at)}%` }} title=${stopWords(stop)}>${LETTER[stop.verdict] ?? "?"}</div>`)}
  </div>`;
}
