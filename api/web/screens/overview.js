// The whole site at a glance: what needs attention first, each zone's standing, and the plan with what stands where.
import { html, useEffect, useState } from "../view.js";
import { address } from "../app/router.js";
import { alarmsByZone, counts, unacked, urgentFirst, worst } from "../store/attention.js";
import { groups } from "../store/grouping.js";
import { model, orders, placeName, todaysRuns } from "../store/live.js";
import { Age, Time } from "../format/time.js";
import { Chip, Panel } from "../parts/facts.js";
import { Empty } from "../parts/list.js";
import { Mark } from "../parts/mark.js";
import { Plan } from "../parts/plan.js";
import { plansOf } from "../parts/plan_layout.js";
import { stateTone } from "../parts/run_line.js";
import { incidentCounts } from "./alarm_rows.js";
import { said, say, term } from "../words/words.js";

const SHOWN = 12;

function Tile({ to, value, of, words, tone }) {
  return html`<a class=${`tile${tone ? ` tile-${tone}` : ""}`} href=${address(to)}>
    <b>${value}</b>${of !== undefined && html`<span class="of">/ ${of}</span>`}<span class="tile-words">${words}</span>
  </a>`;
}

function Tiles() {
  const now = counts.value;
  return html`<div class="tiles" role="group" aria-label=${say("overview.counts")}>
    <${Tile} to="alarms" value=${now.unacked} of=${now.alarms} words=${say("overview.unacked")} tone=${now.unacked && "warn"} />
    <${Tile} to="orders" value=${now.orders} words=${say("overview.orders")} />
    <${Tile} to="tours" value=${now.running} words=${say("overview.running")} />
    <${Tile} to="doors" value=${now.doorsOpen} of=${now.doors} words=${say("overview.doors_open")} />
    <${Tile} to="equipment" value=${now.stalePoints} of=${now.points} words=${say("overview.stale_points")} tone=${now.stalePoints && "warn"} />
    <${Tile} to="devices" value=${now.offline} of=${now.devices} words=${say("overview.offline")} tone=${now.offline && "warn"} />
  </div>`;
}

const MANY_ZONES = 20;

// In a tall building only the chosen floor shows its rooms.
function isOpen(zone, chosen) {
  const site = model.value;
  return site.zones.size <= MANY_ZONES || site.planOf(zone.id) !== zone.id || zone.id === chosen || (zone.storey === null && zone.kind !== "floor");
}

function ZoneLine({ zone, depth, chosen, choose }) {
  const site = model.value;
  const list = alarmsByZone.value.get(zone.id) ?? [];
  const first = worst(list);
  const open = list.filter(unacked).length;
  const children = isOpen(zone, chosen) ? site.childrenOf(zone.id) : [];
  const words = list.length === 0 ? say("overview.zone_quiet") : say("overview.zone_alarms", { n: list.length, open });
  return html`<li>
    <button type="button" class=${`zone-line${list.length ? "" : " quiet"}`} data-depth=${Math.min(depth, 4)}
      aria-pressed=${chosen === site.planOf(zone.id)} onClick=${() => choose(site.planOf(zone.id))} title=${words}>
      <span class="zone-mark">${first ? html`<${Mark} priority=${first.priority} hollow=${open === 0} size=${16} />` : html`<i aria-hidden="true"></i>`}</span>
      <span class="zone-name">${said(zone.name)}</span>
      ${list.length > 0 && html`<span class="count">${list.length}</span>`}
      <span class="unseen">${words}</span>
    </button>
    ${children.length > 0 && html`<ul>${children.map((child) => html`<${ZoneLine} key=${child.id} zone=${child} depth=${depth + 1} chosen=${chosen} choose=${choose} />`)}</ul>`}
  </li>`;
}

// One line: an incident with all that is gathered in it, or an alarm that stands alone.
function AttentionLine({ incident, members }) {
  const first = worst(members);
  const open = members.some(unacked);
  const words = incident
    ? html`${term("thing", "incident")}${say("list.colon")}${incidentCounts(incident)}`
    : html`${placeName(first)} · ${say(first.condition === "inactive" ? "alarm.over" : `alarm.${first.condition}`)}`;
  return html`<a href=${address("alarms", incident?.id ?? first.id)} class=${open ? "open" : ""}>
    <${Mark} priority=${first.priority} hollow=${!open} />
    <span class="attention-words"><b>${said(incident?.title ?? first.name)}</b><span class="quiet">${words}</span></span>
    <${Age} at=${incident?.opened_at ?? first.latest.raised_at} /></a>`;
}

function Attention() {
  const list = groups.value;
  if (list.length === 0) return html`<${Empty} title=${say("attention.none")} hint=${say("attention.none_hint")} />`;
  return html`<ol class="attention">
    ${list.slice(0, SHOWN).map(({ incident, members }) => html`<li key=${incident?.id ?? members[0].id}><${AttentionLine} incident=${incident} members=${members} /></li>`)}
    ${list.length > SHOWN && html`<li class="more"><a href=${address("alarms")}>${say("attention.more", { n: list.length - SHOWN })}</a></li>`}
  </ol>`;
}

// Under way first, then what comes next.
function Runs() {
  const list = todaysRuns.value.filter((run) => ["in_progress", "due", "scheduled"].includes(run.state)).slice(0, 4);
  if (list.length === 0) return html`<p class="quiet pad">${say("overview.no_runs")}</p>`;
  return html`<ul class="lines">${list.map((run) => {
    const done = run.stops.filter((stop) => stop.scanned_at).length;
    return html`<li key=${run.id}><a href=${address("tours", run.id)}><span>${said(run.name)}</span>
      <${Chip} tone=${stateTone(run.state)}>${term("run_state", run.state)}</${Chip}>
      <span class="quiet">${done}/${run.stops.length}</span><${Time} at=${run.starts_at} shape="minute" /></a></li>`;
  })}</ul>`;
}

function OpenOrders() {
  const list = [...orders.value.values()].sort((a, b) => (a.created_at < b.created_at ? 1 : -1)).slice(0, 4);
  if (list.length === 0) return html`<p class="quiet pad">${say("orders.none_open")}</p>`;
  return html`<ul class="lines">${list.map((order) => html`<li key=${order.id}><a href=${address("orders", order.id)}>
    <span>${said(order.title)}</span><${Chip}>${term("order_state", order.state)}</${Chip}><${Age} at=${order.created_at} /></a></li>`)}</ul>`;
}

// The plan that the worst alarm is on; else the first.
function firstPlan(plans) {
  const alarm = urgentFirst.value.find((one) => plans.some((plan) => plan.id === model.value.planOf(one.zone)));
  return alarm ? model.value.planOf(alarm.zone) : plans[0]?.id ?? null;
}

export function Overview() {
  const site = model.value;
  const plans = plansOf(site);
  const [chosen, setChosen] = useState(null);
  useEffect(() => setChosen(null), [site]);
  const shown = plans.find((plan) => plan.id === chosen) ?? plans.find((plan) => plan.id === firstPlan(plans));
  return html`<div class="overview">
    <${Tiles} />
    <${Panel} title=${say("overview.zones")} className="zones"><ul class="zone-tree">
      ${site.childrenOf(null).map((zone) => html`<${ZoneLine} key=${zone.id} zone=${zone} depth=${0} chosen=${shown?.id} choose=${setChosen} />`)}
    </ul></${Panel}>
    <${Panel} title=${shown ? say("overview.plan", { zone: said(site.zoneName(shown.id)) }) : say("overview.plans")} className="plan-panel"
      more=${html`<${PlanTabs} plans=${plans} shown=${shown} choose=${setChosen} />`}>
      ${shown ? html`<${Plan} plan=${shown} />` : html`<${Empty} title=${say("plan.none")} hint=${say("plan.none_hint")} />`}
    </${Panel}>
    <${Panel} title=${say("attention.title")} className="attention-panel"><${Attention} /></${Panel}>
    <${Panel} title=${say("overview.tours")} className="runs-panel"><${Runs} /></${Panel}>
    <${Panel} title=${say("overview.open_orders")} className="orders-panel"><${OpenOrders} /></${Panel}>
  </div>`;
}

function PlanTabs({ plans, shown, choose }) {
  if (plans.length < 2) return null;
  if (plans.length > 6) {
    return html`<select aria-label=${say("overview.plans")} value=${shown?.id} onChange=${(event) => choose(event.currentTarget.value)}>
      ${plans.map((plan) => html`<option key=${plan.id} value=${plan.id}>${said(model.value.zoneName(plan.id))}</option>`)}</select>`;
  }
  return html`<div class="choices" role="group" aria-label=${say("overview.plans")}>${plans.map((plan) => {
    const first = worst(alarmsByZone.value.get(plan.id) ?? []);
    return html`<button key=${plan.id} type="button" aria-pressed=${plan === shown} onClick=${() => choose(plan.id)}>
      ${first && html`<${Mark} priority=${first.priority} hollow=${!unacked(first)} size=${13} />`}${said(model.value.zoneName(plan.id))}</button>`;
  })}</div>`;
}
