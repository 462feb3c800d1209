// Why an alarm is here: what was seen and expected, the chart of the point, what happened to it, and the records behind it.
import { html } from "../view.js";
import { model, personName } from "../store/live.js";
import { quantity, unitOf } from "../format/number.js";
import { Age, Time } from "../format/time.js";
import { Facts, Panel } from "../parts/facts.js";
import { PointChart } from "../parts/chart.js";
import { said, say, term } from "../words/words.js";

const BEFORE_MS = 30 * 60 * 1000;
const AFTER_MS = 10 * 60 * 1000;

const compared = (value) =>
  typeof value === "number" ? String(Number(value.toPrecision(6))) : value === "unknown" ? say("compared.unknown") : value;

// A number that is a state is said as what it means, with the number beside it for whoever wrote the rule: "open (1)".
const comparedState = (value, state) => (state ? say("why.state", { state: said(state), value: compared(value) }) : compared(value));

// The engine names a value in English, with its unit in brackets; a name that the page knows, or that of a point, is said in
// the reader's words. `inputs` are the rule's further points, by the names that it calls them.
function comparedName(name, inputs) {
  const [, words, unit] = /^(.*?)(?: \((.*)\))?$/.exec(name);
  const key = `compared.${words.replaceAll(" ", "_")}`;
  const known = say(key);
  const shown = unitOf(unit);
  const input = model.value.points.get(inputs?.[words]);
  if (input) return `${said(input.name)}${shown ? ` (${shown})` : ""}`;
  return `${known === key ? pointCalled(words) : known}${shown ? ` (${shown})` : ""}`;
}

function pointCalled(words) {
  const named = [...model.value.points.values()].find((point) => point.name.en === words);
  return named ? said(named.name) : words;
}

// `now`: what the rule expects as configured now, where that is something else.
export function WhyFacts({ occurrence, now }) {
  const { why } = occurrence;
  return html`<${Facts} pairs=${[
    [say("why.seen"), html`<strong>${said(why.seen)}</strong>`],
    [say("why.expected"), said(why.expected)],
    [say("why.since"), html`<${Time} at=${why.since} /> <span class="quiet">(<${Age} at=${why.since} />)</span>`],
    [say("why.clears"), said(why.clears)],
    [say("why.expected_now"), now && said(now.expected)],
    [say("why.clears_now"), now && said(now.clears)],
    [say("why.considered"), why.considered.length > 0 && html`<ul>${why.considered.map((text, index) => html`<li key=${index}>${said(text)}</li>`)}</ul>`],
  ]} />`;
}

// The numbers and clocks that led to the verdict.
export function Compared({ why, rule = null }) {
  return html`<${Facts} pairs=${[
    ...Object.entries(why.values).map(([name, value]) => [comparedName(name, rule?.inputs), comparedState(value, why.states[name])]),
    [say("why.device_time"), why.device_time && html`<${Time} at=${why.device_time} />`],
    [say("why.received"), why.received_at && html`<${Time} at=${why.received_at} />`],
    [say("why.believed"), why.believed && term("believed", why.believed)],
  ]} />`;
}

// The point around the raising, with the limit that it crossed.
export function SubjectChart({ alarm }) {
  if (alarm.subject.kind !== "point") return null;
  const point = model.value.points.get(alarm.subject.id);
  if (!point) return null;
  const { raised_at, cleared_at, why } = alarm.latest;
  const start = new Date(Date.parse(why.since) - BEFORE_MS).toISOString();
  const end = new Date(Date.parse(cleared_at ?? raised_at) + AFTER_MS).toISOString();
  const moments = [[why.since, say("why.since")], [raised_at, say("alarm.raised")], [cleared_at, say("alarm.cleared")]];
  const machine = model.value.equipment.get(point.equipment);
  return html`<${Panel} title=${`${said(machine?.name)} · ${said(point.name)}`} className="wide">
    <${PointChart} point=${point.id} start=${start} end=${end} moments=${moments} height=${200} refresh=${alarm.version} />
  </${Panel}>`;
}

export function History({ changes }) {
  return html`<ol class="history">${changes.map((change) => html`<li key=${change.id}>
    <${Time} at=${change.at} />
    <span><b>${term("alarm_change", change.body.change)}</b>${change.body.actor && ` · ${personName(change.body.actor)}`}
      ${change.body.comment && html`<q>${change.body.comment}</q>`}</span>
  </li>`)}</ol>`;
}

// What Vigil decided besides raising it: grouping, suppression, confirmation, each with its reason.
export function Decisions({ decisions }) {
  if (decisions.length === 0) return null;
  return html`<${Panel} title=${say("alarm.decisions")}><ol class="history">${decisions.map((decision, index) => html`<li key=${index}>
    <${Time} at=${decision.at} /><span><b>${term("decision_kind", decision.kind)}</b> · ${said(decision.reason)}</span>
  </li>`)}</ol></${Panel}>`;
}

// Which of the API's enumerations a fact is of; the others are ids, numbers and what people wrote.
const FACT_KINDS = {
  access_event: { kind: "access_kind" }, checkpoint_scan: { method: "scan_method" }, person_signal: { kind: "signal_kind" },
  begin_mode: { kind: "mode_kind", place: "mode_place" }, add_log_entry: { kind: "log_kind" }, resource_reported: { priority: "priority" },
  close_occurrence: { disposition: "disposition" }, close_incident: { disposition: "disposition" },
};

// A part of a part is named by both: `credential.kind`. What nobody here named, such as a question's id, stays as it is.
const factName = (name) => name.split(".").map((part) => term("fact", part)).join(" · ");

function factValue(type, name, value) {
  if (typeof value === "boolean") return term("fact", value);
  const kind = FACT_KINDS[type]?.[name];
  return kind ? term(kind, value) : value;
}

// The unit and the states of a point; of one that is gone neither is known.
function asMeasured(point) {
  const known = model.value.points.get(point);
  return [known?.unit, known?.states];
}

function factWords(record) {
  const facts = Object.entries(record.facts).map(([name, value]) => `${factName(name)}${say("list.colon")}${factValue(record.type, name, value)}`);
  const readings = record.readings.map((reading) => quantity(reading.value, ...asMeasured(reading.point)));
  return [...facts, readings.length > 0 && readings.join(", ")].filter(Boolean).join(" · ");
}

// The cause chain: journal records by their seq, each with whose clock was believed.
export function Evidence({ evidence }) {
  if (evidence.length === 0) return html`<p class="quiet">${say("evidence.none")}</p>`;
  return html`<ol class="evidence">${evidence.map((record) => html`<li key=${record.seq}>
    <code>#${record.seq}</code>
    ${record.kept
      ? html`<span><b>${term("record", record.type)}</b> · ${record.source} · <${Time} at=${record.event_time} />
          <span class="quiet"> ${factWords(record)}</span></span>`
      : html`<span class="quiet">${say("evidence.gone")}</span>`}
  </li>`)}</ol>`;
}
