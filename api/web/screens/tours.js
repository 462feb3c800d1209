// Tours as timelines: today's runs with the verdict on each stop; beside them the chosen run, or the figures.
import { html, useState } from "../view.js";
import { go, place } from "../app/router.js";
import { useKeys } from "../app/keys.js";
import { coarseNow } from "../store/connection.js";
import { model, siteId, todaysRuns } from "../store/live.js";
import { Time } from "../format/time.js";
import { Chip } from "../parts/facts.js";
import { Choices, Empty, List } from "../parts/list.js";
import { RunLine, stateTone } from "../parts/run_line.js";
import { PatrolFigures } from "./patrol_report.js";
import { PatrolProposals, useProposals } from "./patrol_proposals.js";
import { GOING, RunDetail } from "./run_detail.js";
import { said, say, term } from "../words/words.js";

const BAD = new Set(["missed", "incomplete", "completed_late", "abandoned"]);

// Below it, what looks faked is shown with the run and not in the list.
const SUSPICIOUS = 0.5;

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
    <span class="row-state">${run.suspicion >= SUSPICIOUS && html`<${Chip} tone="warn">${say("run.suspicious", { n: Math.round(run.suspicion * 100) })}</${Chip}>`}<${Chip} tone=${stateTone(run.state)}>${term("run_state", run.state)}</${Chip}></span>`;
}

// What is shown while no run is chosen: the figures, or what planners propose.
function Beside() {
  const [side, setSide] = useState("figures");
  const found = useProposals();
  const waiting = found.items.filter((one) => one.state === "proposed").length;
  const sides = [["figures", say("report.title")], ["proposals", term("thing", "patrol_proposal"), waiting]];
  return html`<div class="tools"><${Choices} label=${say("proposal.beside")} value=${side} change=${setSide} options=${sides} /></div>
    ${side === "figures" ? html`<${PatrolFigures} />` : html`<${PatrolProposals} found=${found} />`}`;
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
    <section class="split-detail" aria-label=${thing ? term("thing", "tour_run") : say("report.title")}>
      ${thing ? html`<${RunDetail} key=${thing} id=${thing} />` : html`<${Beside} key=${siteId.value} />`}
    </section>
  </div>`;
}
