// One tour run: how far it is, each stop with its verdict and why, what looks faked, and what late scans corrected.
import { html, useEffect, useState } from "../view.js";
import { coarseNow } from "../store/connection.js";
import { learnNames, model, personName, runs, take } from "../store/live.js";
import { command } from "../store/requests.js";
import { duration, inSiteTime, Time } from "../format/time.js";
import { Chip, Facts, Panel } from "../parts/facts.js";
import { CommandForm, Field } from "../parts/dialog.js";
import { Empty } from "../parts/list.js";
import { stateTone, stopName } from "../parts/run_line.js";
import { said, say, term } from "../words/words.js";

export const GOING = new Set(["scheduled", "due", "in_progress"]);
// A scan that came later than this was uploaded from where there was no connection.
const UPLOADED_LATE_MS = 120000;

const send = (run, verb, body) => async () => {
  const answer = await command(`tour-runs/${run.id}/${verb}`, { ...body, expected_version: run.version });
  if (answer.run) take({ position: 0, body: { type: "tour_run_changed", run: answer.run } });
};

function AbandonForm({ run, close }) {
  const abandon = (form) => send(run, "abandon", { reason: form.get("reason") })();
  return html`<${CommandForm} title=${say("tour.abandon_title")} submit=${say("tour.abandon")} close=${close} run=${abandon}>
    <p class="quiet">${said(run.name)}</p>
    <${Field} label=${say("tour.abandon_reason")}><textarea name="reason" rows="3" maxlength="2000" required></textarea></${Field}>
  </${CommandForm}>`;
}

function HandOverForm({ run, close }) {
  const officers = [...model.value.people.values()].filter((person) => person.role === "officer").map((person) => person.id);
  useEffect(() => {
    learnNames(officers);
  }, []);
  const handOver = (form) => send(run, "hand-over", { officer: form.get("officer"), reason: form.get("reason") })();
  return html`<${CommandForm} title=${say("run.hand_over_title")} submit=${say("run.hand_over")} close=${close} run=${handOver}>
    <${Field} label=${term("role", "officer")}><select name="officer" required>${officers.map((id) => html`<option key=${id} value=${id}>${personName(id)}</option>`)}</select></${Field}>
    <${Field} label=${say("tour.abandon_reason")}><textarea name="reason" rows="2" maxlength="2000"></textarea></${Field}>
  </${CommandForm}>`;
}

const round = (value) => Number(value.toPrecision(3));

// A mark with the numbers behind it: what was seen, what it is held against, whom or what it concerns.
function markWords({ kind, value, limit, other }) {
  const about = model.value.checkpoints.get(other);
  const named = about ? said(about.name) : kind === "weak_method" ? term("scan_method", other) : model.value.people.has(other) ? personName(other) : other;
  const numbers = limit > 0 ? say("run.mark_numbers", { value: round(value), limit: round(limit) }) : "";
  return [term("fraud_kind", kind), numbers, named].filter(Boolean).join(" · ");
}

const Marks = ({ marks }) => html`<ul>${marks.map((mark, index) => html`<li key=${index}><${Chip} tone="warn">${markWords(mark)}</${Chip}></li>`)}</ul>`;

function Scanned({ stop }) {
  if (!stop.scanned_at) return html`<${Time} at=${null} />`;
  const isLate = stop.received_at && Date.parse(stop.received_at) - Date.parse(stop.scanned_at) > UPLOADED_LATE_MS;
  const times = { walked: inSiteTime("minute", stop.scanned_at), uploaded: inSiteTime("minute", stop.received_at) };
  return html`<${Time} at=${stop.scanned_at} />${isLate && html`<span class="under">${say("run.uploaded", times)}</span>`}
    ${stop.leg_seconds !== null && html`<span class="under">${say("run.leg", { time: duration(stop.leg_seconds) })}</span>`}`;
}

function Stop({ stop }) {
  const others = stop.deviations.filter((deviation) => deviation !== stop.verdict);
  return html`<tr>
    <td>${stopName(stop)}</td>
    <td><${Chip} tone=${stateTone(stop.verdict)}>${term("stop_verdict", stop.verdict)}</${Chip}>${others.map((deviation) => html` <${Chip} key=${deviation} tone="warn">${term("stop_verdict", deviation)}</${Chip}>`)}</td>
    <td><${Time} at=${stop.due_at} /></td>
    <td><${Scanned} stop=${stop} /></td>
    <td>${personName(stop.officer)}</td>
    <td>${stop.marks.length > 0 ? html`<${Marks} marks=${stop.marks} />` : html`<span class="none">–</span>`}</td>
  </tr>`;
}

function Stops({ run }) {
  const heads = [term("thing", "stop"), say("tour.verdict"), say("tour.due_head"), say("tour.scanned_head"), term("role", "officer"), say("run.marks")];
  return html`<div class="sideways" tabindex="0" role="region" aria-label=${say("tour.stops")}><table><thead><tr>${heads.map((head) => html`<th key=${head}>${head}</th>`)}</tr></thead>
    <tbody>${run.stops.map((stop) => html`<${Stop} key=${stop.checkpoint} stop=${stop} />`)}</tbody></table></div>`;
}

function progress(run) {
  const done = run.stops.filter((stop) => stop.scanned_at).length;
  const next = GOING.has(run.state) && run.stops.find((stop) => stop.verdict === "pending");
  const far = say("tour.stops_done", { done, all: run.stops.length });
  if (!next) return far;
  const late = Date.parse(next.due_at) < coarseNow.value;
  return `${far} · ${say(late ? "run.next_late" : "run.next", { stop: stopName(next), at: inSiteTime("minute", next.due_at) })}`;
}

const handed = ({ at, officer, reason }) => [inSiteTime("minute", at), personName(officer), reason].filter(Boolean).join(" · ");

function Notes({ run }) {
  const list = (items) => items.length > 0 && html`<ul>${items.map((item, index) => html`<li key=${index}>${item}</li>`)}</ul>`;
  return html`<${Panel} title=${say("tour.notes")}><${Facts} pairs=${[
    [say("run.progress"), progress(run)],
    [say("run.begun"), run.begun_at && html`<${Time} at=${run.begun_at} /> ${run.tardy && html`<${Chip} tone="warn">${say("run.tardy")}</${Chip}>`}`],
    [say("run.handovers"), list(run.handovers.map(handed))],
    [say("tour.abandon_reason"), run.reason],
    [say("tour.corrections"), list(run.corrections.map(said))],
    [say("run.suspicion"), run.suspicion > 0 && say("run.suspicion_share", { n: Math.round(run.suspicion * 100) })],
    [say("run.marks"), run.marks.length > 0 && html`<${Marks} marks=${run.marks} />`],
  ]} /></${Panel}>`;
}

const FORMS = { abandon: AbandonForm, hand_over: HandOverForm };

export function RunDetail({ id }) {
  const [form, setForm] = useState(null);
  const run = runs.value.get(id);
  if (!run) return html`<${Empty} title=${say("tour.not_today")} hint=${say("tour.not_today_hint")} />`;
  const Form = FORMS[form];
  return html`<div class="detail">
    <header class="detail-head"><div><h2>${said(run.name)}</h2>
      <p class="quiet"><${Chip} tone=${stateTone(run.state)}>${term("run_state", run.state)}</${Chip}> <${Time} at=${run.starts_at} /> – <${Time} at=${run.ends_at} /></p></div></header>
    ${GOING.has(run.state) && html`<div class="actions">
      <button type="button" onClick=${() => setForm("hand_over")}>${say("run.hand_over")}</button>
      <button type="button" onClick=${() => setForm("abandon")}>${say("tour.abandon")}</button></div>`}
    <div class="detail-body" tabindex="0">
      <${Notes} run=${run} />
      <${Panel} title=${say("tour.stops")} className="wide"><${Stops} run=${run} /></${Panel}>
    </div>
    ${Form && html`<${Form} run=${run} close=${() => setForm(null)} />`}
  </div>`;
}
