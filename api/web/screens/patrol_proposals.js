// Proposals for patrols: what would change, why, and a supervisor's decision with its reason.
import { html, useState } from "../view.js";
import { language } from "../store/choices.js";
import { learnNames, model, personName, proposed, siteId } from "../store/live.js";
import { useReading } from "../store/patience.js";
import { command, read } from "../store/requests.js";
import { duration, inSiteTime, Time } from "../format/time.js";
import { Chip, Facts, Panel } from "../parts/facts.js";
import { CommandForm, Field, Unread } from "../parts/dialog.js";
import { Empty } from "../parts/list.js";
import { stopName } from "../parts/run_line.js";
import { said, say, term } from "../words/words.js";

const SHOWN = 50;
const MONDAY = Date.UTC(2025, 0, 6);
const DAY_MS = 24 * 3600 * 1000;
const DECISIONS = { proposed: ["accept", "refuse"], accepted: ["withdraw"] };
const TONES = { proposed: "warn", accepted: "plain" };

export function useProposals() {
  const [found, setFound] = useState({ items: [], loaded: false });
  const problem = useReading(async (gone) => {
    const { items } = await read("patrol-proposals", { site: siteId.value, limit: SHOWN });
    if (gone()) return;
    setFound({ items, loaded: true });
    learnNames(items.flatMap((one) => [one.proposed_by, one.decided_by]).filter(Boolean));
  }, [siteId.value, proposed.value]);
  return { ...found, problem };
}

const weekday = (day) => new Intl.DateTimeFormat(language.value, { weekday: "short", timeZone: "UTC" }).format(MONDAY + day * DAY_MS);

function startText({ at, weekdays }) {
  return weekdays.length === 7 ? at : `${at} ${weekdays.map(weekday).join(" ")}`;
}

function Order({ title, tour }) {
  return html`<div class="proposal-order"><h4>${title}</h4><ol>${tour.stops.map((stop) => html`<li key=${stop.checkpoint}>${stopName(stop)}${stop.due_seconds !== null && html` <span class="quiet">${duration(stop.due_seconds)}</span>`}</li>`)}</ol></div>`;
}

// A tour as it is and as it would be; a new one only with when it would start.
function Change({ tour, before, isWeek }) {
  return html`<section class="proposal-tour"><h3>${said(tour.name)}${!before && html` <${Chip}>${say("proposal.new_tour")}</${Chip}>`}</h3>
    ${isWeek ? html`<p class="quiet">${say("proposal.starts")}: ${tour.starts.map(startText).join(", ")}</p>`
      : html`<div class="proposal-orders">${before && html`<${Order} title=${say("proposal.before")} tour=${before} />`}<${Order} title=${say("proposal.after")} tour=${tour} /></div>`}</section>`;
}

function Gaps({ gaps }) {
  const heads = [term("thing", "zone"), say("report.visits"), say("proposal.allowed"), say("proposal.would_be")];
  const zone = (id) => said(model.value.zones.get(id)?.name) || id;
  return html`<div class="sideways" tabindex="0" role="region" aria-label=${say("proposal.gaps")}><table><thead><tr>${heads.map((head) => html`<th key=${head}>${head}</th>`)}</tr></thead>
    <tbody>${gaps.map((gap) => html`<tr key=${gap.zone}><td>${zone(gap.zone)}</td><td>${gap.visits}</td><td>${duration(gap.allowed_seconds)}</td><td>${duration(gap.longest_seconds)}</td></tr>`)}</tbody></table></div>`;
}

function Decision({ proposal, trigger, close }) {
  const run = async (form) => {
    const body = { trigger, reason: form.get("reason"), expected_version: proposal.version };
    await command(`patrol-proposals/${proposal.id}/decide`, body);
    proposed.value += 1;
  };
  return html`<${CommandForm} title=${`${term("proposal_trigger", trigger)}: ${said(proposal.plan.why)}`} submit=${term("proposal_trigger", trigger)} close=${close} run=${run}>
    ${trigger !== "refuse" && html`<p class="quiet">${say("proposal.decide_hint")}</p>`}
    <${Field} label=${say("proposal.reason")}><textarea name="reason" rows="2" maxlength="2000" required=${trigger !== "accept"}></textarea></${Field}>
  </${CommandForm}>`;
}

function Proposal({ proposal }) {
  const [trigger, setTrigger] = useState(null);
  const { plan } = proposal;
  const before = new Map(plan.before.map((tour) => [tour.id, tour]));
  const decided = proposal.state !== "proposed" && html`<${Time} at=${proposal.changed_at} /> ${[proposal.decided_by && personName(proposal.decided_by), proposal.reason].filter(Boolean).join(" · ")}`;
  return html`<${Panel} title=${`${term("proposal_kind", plan.kind)}: ${said(plan.why)}`} more=${html`<${Chip} tone=${TONES[proposal.state] ?? "plain"}>${term("proposal_state", proposal.state)}</${Chip}>`} className="wide">
    <${Facts} pairs=${[
      [term("proposal_state", "proposed"), say("proposal.made", { by: personName(proposal.proposed_by), at: inSiteTime("moment", proposal.proposed_at) })],
      [say("proposal.saves"), plan.saved_seconds > 0 && duration(plan.saved_seconds)],
      [say("proposal.decided"), decided],
    ]} />
    ${DECISIONS[proposal.state] && html`<div class="actions">${DECISIONS[proposal.state].map((one) => html`<button key=${one} type="button" class=${one === "accept" ? "main" : ""} onClick=${() => setTrigger(one)}>${term("proposal_trigger", one)}</button>`)}</div>`}
    ${plan.tours.map((tour) => html`<${Change} key=${tour.id} tour=${tour} before=${before.get(tour.id)} isWeek=${plan.kind === "week"} />`)}
    ${plan.gaps.length > 0 && html`<${Gaps} gaps=${plan.gaps} />`}
    ${trigger && html`<${Decision} proposal=${proposal} trigger=${trigger} close=${() => setTrigger(null)} />`}
  </${Panel}>`;
}

export function PatrolProposals({ found }) {
  return html`<div class="detail">
    <header class="detail-head"><h2>${term("thing", "patrol_proposal")}</h2></header>
    <${Unread} problem=${found.problem} />
    ${found.items.length === 0 ? found.loaded && html`<${Empty} title=${say("proposal.none")} hint=${say("proposal.none_hint")} />`
      : html`<div class="detail-body" tabindex="0">${found.items.map((one) => html`<${Proposal} key=${one.id} proposal=${one} />`)}</div>`}
  </div>`;
}
