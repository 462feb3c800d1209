// Today's tours of this officer, and one run with its stops: what is next, until when, and what is done.
import { html } from "../view.js";
import { address } from "../app/router.js";
import { said, say, term } from "../words/words.js";
import { checkpoints, clock, day, isOver, myRuns, nextStop, now, officerName, officer, scannedAt } from "./day.js";

const nameOf = (stop) => said(checkpoints.value.get(stop.checkpoint)?.name) || stop.checkpoint;
const doneOf = (run) => run.stops.filter((stop) => scannedAt(run, stop)).length;

function Next({ run }) {
  const stop = isOver(run) ? null : nextStop(run);
  if (!stop) return null;
  const early = stop.not_before && Date.parse(stop.not_before) > now.value;
  const late = Date.parse(stop.due_at) < now.value;
  const from = early ? say("phone.not_before", { at: clock(stop.not_before) }) : "";
  return html`<p class=${`next ${late ? "late" : ""}`}><span>${say("phone.next")}</span> <b>${nameOf(stop)}</b>${" "}
    <span>${from} ${say(late ? "phone.was_due" : "phone.until", { at: clock(stop.due_at) })}</span></p>`;
}

export function Tours() {
  const runs = myRuns.value;
  return html`<h1>${say("phone.today")} <span class="quiet">${officerName(officer.value)}</span></h1>
    ${runs.length === 0 && html`<p class="pad">${say("phone.no_tours")}</p>`}
    <ul class="runs">${runs.map((run) => html`<li key=${run.id}><a href=${address("run", run.id)} class=${`run run-${run.state}`}>
      <span class="run-head"><b>${clock(run.starts_at)} ${said(run.name)}</b><span class="chip">${term("run_state", run.state)}</span></span>
      <span class="quiet">${say("tour.stops_done", { done: doneOf(run), all: run.stops.length })}</span>
      <${Next} run=${run} />
    </a></li>`)}</ul>`;
}

const VERDICT_SHOWN = new Set(["missed", "late", "early", "out_of_order", "too_fast", "too_slow", "wrong_officer"]);

function Stop({ run, stop, isNext }) {
  const at = scannedAt(run, stop);
  const times = { from: clock(stop.not_before), due: clock(stop.due_at), last: clock(stop.missed_at) };
  const when = at ? say("phone.done_at", { at: clock(at) }) : say("phone.window", times);
  return html`<li class=${`stop ${at ? "done" : ""} ${isNext ? "is-next" : ""}`} aria-current=${isNext ? "step" : undefined}>
    <span aria-hidden="true">${at ? "✓" : stop.verdict === "missed" ? "✕" : "○"}</span>
    <span><b>${nameOf(stop)}</b><span class="quiet">${when}</span></span>
    ${VERDICT_SHOWN.has(stop.verdict) && html`<span class="chip">${term("stop_verdict", stop.verdict)}</span>`}
  </li>`;
}

export function Run({ thing }) {
  const run = day.value.runs.find((one) => one.id === thing);
  if (!run) return html`<p class="pad">${say("phone.run_gone")} <a href=${address("tours")}>${say("phone.back")}</a></p>`;
  const next = isOver(run) ? null : nextStop(run);
  return html`<h1><a href=${address("tours")} aria-label=${say("phone.back")}>‹</a> ${said(run.name)} <span class="chip">${term("run_state", run.state)}</span></h1>
    <p class="quiet pad">${clock(run.starts_at)} – ${clock(run.ends_at)} · ${term("tour_order", run.order)} · ${say("tour.stops_done", { done: doneOf(run), all: run.stops.length })}</p>
    <${Next} run=${run} />
    <ol class="stops">${run.stops.map((stop) => html`<${Stop} key=${stop.checkpoint} run=${run} stop=${stop} isNext=${stop === next} />`)}</ol>`;
}
