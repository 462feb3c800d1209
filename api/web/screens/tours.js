// Tours as timelines: today's runs with the verdict on each stop.
import { html, useState } from "../view.js";
import { go, place } from "../app/router.js";
import { useKeys } from "../app/keys.js";
import { coarseNow } from "../store/connection.js";
import { model, personName, runs, take, todaysRuns } from "../store/live.js";
import { command } from "../store/requests.js";
import { Time } from "../format/time.js";
import { Chip, Facts, Panel } from "../parts/facts.js";
import { CommandForm, Field } from "../parts/dialog.js";
import { Choices, Empty, List } from "../parts/list.js";
import { RunLine, stateTone, stopName } from "../parts/run_line.js";
import { said, say, term } from "../words/words.js";

const BAD = new Set(["missed", "incomplete", "completed_late", "abandoned"]);
const GOING = new Set(["scheduled", "due", "in_progress"]);

const VIEWS = {
  all: () => true,
  going: (run) => GOING.has(run.state),
  bad: (run) => BAD.has(run.state),
};

// What is under way, then what is over (the latest first), then what comes (the soonest first).
function nowFirst(a, b) {
  const rank = (run) => (run.state === "scheduled" ? 2 : GOING.has(run.state) ? 0 : 1);
  const earlier = a.starts_at < b.starts_at ? -1 : 1;
  return rank(a) - rank(b) || (rank(a) === 2 ? earlier : -earlier);
}

function Row({ run }) {
  const done = run.stops.filter((stop) => stop.scanned_at).length;
  return html`<span class="run-when"><${Time} at=${run.starts_at} shape="minute" /></span>
    <span class="row-words"><b>${said(run.name)}</b><span class="quiet">${say("tour.stops_done", { done, all: run.stops.length })}</span></span>
    <${RunLine} run=${run} now=${coarseNow.value} />
    <span class="row-state"><${Chip} tone=${stateTone(run.state)}>${term("run_state", run.state)}</${Chip}></span>`;
}

function AbandonForm({ run, close }) {
  const send = async (form) => {
    const answer = await command(`tour-runs/${run.id}/abandon`, { reason: form.get("reason"), expected_version: run.version });
    if (answer.run) take({ position: 0, body: { type: "tour_run_changed", run: answer.run } });
  };
  return html`<${CommandForm} title=${say("tour.abandon_title")} submit=${say("tour.abandon")} close=${close} run=${send}>
    <p class="quiet">${said(run.name)}</p>
    <${Field} label=${say("tour.abandon_reason")}><textarea name="reason" rows="3" maxlength="2000" required></textarea></${Field}>
  </${CommandForm}>`;
}

function Stops({ run }) {
  return html`<table><thead><tr><th>${term("thing", "stop")}</th><th>${say("tour.verdict")}</th><th>${say("tour.due_head")}</th><th>${say("tour.scanned_head")}</th><th>${term("role", "officer")}</th></tr></thead>
    <tbody>${run.stops.map((stop) => html`<tr key=${stop.checkpoint}>
      <td>${stopName(stop)}</td>
      <td><${Chip} tone=${stateTone(stop.verdict)}>${term("stop_verdict", stop.verdict)}</${Chip}></td>
      <td><${Time} at=${stop.due_at} /></td><td><${Time} at=${stop.scanned_at} /></td><td>${personName(stop.officer)}</td></tr>`)}</tbody></table>`;
}

function RunDetail({ id }) {
  const [form, setForm] = useState(false);
  const run = runs.value.get(id);
  if (!run) return html`<${Empty} title=${say("tour.not_today")} hint=${say("tour.not_today_hint")} />`;
  const going = GOING.has(run.state);
  return html`<div class="detail">
    <header class="detail-head"><div><h2>${said(run.name)}</h2>
      <p class="quiet"><${Chip} tone=${stateTone(run.state)}>${term("run_state", run.state)}</${Chip}> <${Time} at=${run.starts_at} /> – <${Time} at=${run.ends_at} /></p></div></header>
    ${going && html`<div class="actions"><button type="button" onClick=${() => setForm(true)}>${say("tour.abandon")}</button></div>`}
    <div class="detail-body">
      <${Panel} title=${say("tour.stops")} className="wide"><${Stops} run=${run} /></${Panel}>
      ${(run.corrections.length > 0 || run.reason) && html`<${Panel} title=${say("tour.notes")}><${Facts} pairs=${[
        [say("tour.abandon_reason"), run.reason],
        [say("tour.corrections"), run.corrections.length > 0 && html`<ul>${run.corrections.map((text, index) => html`<li key=${index}>${said(text)}</li>`)}</ul>`],
      ]} /></${Panel}>`}
    </div>
    ${form && html`<${AbandonForm} run=${run} close=${() => setForm(false)} />`}
  </div>`;
}

export function Tours({ thing }) {
  const [view, setView] = useState("all");
  const all = todaysRuns.value;
  const shown = all.filter(VIEWS[view]).sort(nowFirst);
  useKeys({ Escape: thing && { say: "keys.back", run: () => go("tours"), hidden: true } });
  if (model.value.tours.size === 0) return html`<${Empty} title=${say("tours.none_configured")} hint=${say("tours.none_configured_hint")} />`;
  return html`<div class=${`split tall${thing ? " has-chosen" : ""}`}>
    <section class="split-list" aria-label=${say("tours.today")}>
      <div class="tools"><h2>${say("tours.today")}</h2>
        <${Choices} label=${say("alarms.which")} value=${view} change=${setView} options=${["all", "going", "bad"].map((one) => [one, say(`tours.${one}`), all.filter(VIEWS[one]).length])} />
      </div>
      ${shown.length === 0 ? html`<${Empty} title=${say("tours.none")} hint=${say("tours.none_hint")} />`
        : html`<${List} name="run" label=${say("tours.today")} items=${shown} keyOf=${(run) => run.id} rowHeight=${58} chosen=${thing}
          choose=${(id) => go("tours", id, { replace: place.value.thing !== null })} row=${(run) => html`<${Row} run=${run} />`} />`}
      <p class="legend quiet">${say("tours.legend")}</p>
    </section>
    <section class="split-detail" aria-label=${term("thing", "tour_run")}>
      ${thing ? html`<${RunDetail} key=${thing} id=${thing} />` : html`<${Empty} title=${say("tours.choose")} hint=${say("tours.choose_hint")} />`}
    </section>
  </div>`;
}
