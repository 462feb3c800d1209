// Equipment with its newest values, and the trend of the chosen one's points.
import { html, useEffect, useState } from "../view.js";
import { useKeys } from "../app/keys.js";
import { address, go, place } from "../app/router.js";
import { alarmsByPlace, unacked } from "../store/attention.js";
import { coarseNow, knowsTime } from "../store/connection.js";
import { doubted, equipment, model, siteId, values } from "../store/live.js";
import { useReading } from "../store/patience.js";
import { read } from "../store/requests.js";
import { quantity } from "../format/number.js";
import { Age } from "../format/time.js";
import { Chip, Panel } from "../parts/facts.js";
import { Unread } from "../parts/dialog.js";
import { PointChart } from "../parts/chart.js";
import { Choices, Empty, Filter, List, matches } from "../parts/list.js";
import { Mark } from "../parts/mark.js";
import { said, say, term } from "../words/words.js";

const SPANS = [1, 6, 24, 168];
const REFRESH_MS = 30000;
const MOST_UNDECIDED = 500;

const alarmsOf = (machine) => alarmsByPlace.value.get(machine.equipment) ?? [];
const staleOf = (machine) => machine.points.filter((point) => values.value.get(point.point)?.stale).length;

// What rules cannot be decided now, of each machine.
function useUndecided() {
  const [found, setFound] = useState([]);
  const problem = useReading(async (gone) => {
    const { items } = await read("undecided", { site: siteId.value, limit: MOST_UNDECIDED });
    if (!gone()) setFound(items);
  }, [siteId.value, doubted.value]);
  const doubtsOf = (machine) => machine.points.flatMap((point) => found.filter((one) => one.subject === point.point).map((one) => ({ ...one, point })));
  return [found.length === 0 ? () => [] : doubtsOf, problem];
}

function order(a, b) {
  return (alarmsOf(b).length > 0) - (alarmsOf(a).length > 0) || (staleOf(b) > 0) - (staleOf(a) > 0);
}

function Value({ point }) {
  const value = values.value.get(point.point);
  if (!value || value.value === null) return html`<span class="value none" title=${said(point.name)}>–</span>`;
  const words = `${said(point.name)} ${value.quality === "good" ? "" : term("quality", value.quality)}`;
  return html`<span class=${`value${value.stale ? " is-stale" : ""}`} title=${words}>${quantity(value.value, point.unit, point.states)}${value.stale && html` <small>${say("value.stale")}</small>`}</span>`;
}

// States say little without their name: measured values come first where there is room for a few.
const telling = (machine) => [...machine.points].sort((a, b) => (a.unit === "1") - (b.unit === "1"));

function Row({ machine, doubts }) {
  const alarm = alarmsOf(machine)[0];
  // The name needs the room more than a third value does.
  const most = doubts.length > 0 ? 2 : 3;
  return html`<span class="row-mark">${alarm && html`<${Mark} priority=${alarm.priority} hollow=${!unacked(alarm)} />`}</span>
    <span class="row-words"><b>${said(machine.name)}</b><span class="quiet">${said(model.value.zoneName(machine.zone))} · ${term("equipment_class", machine.equipment_class)}</span></span>
    <span class="row-values">${doubts.length > 0 && html`<${Chip} tone="warn">${term("thing", "undecided")}</${Chip}>`}${telling(machine).slice(0, most).map((point) => html`<${Value} key=${point.point} point=${point} />`)}${machine.points.length > most && html`<span class="quiet">+${machine.points.length - most}</span>`}</span>`;
}

function PointPanel({ point, hours, refresh }) {
  const value = values.value.get(point.point);
  const [now] = [coarseNow.value];
  const start = new Date(now - hours * 3600000).toISOString();
  const [range, setRange] = useState(start);
  // Until Vigil has said what time it has, there is no telling which hour is the last one.
  const known = knowsTime.value;
  useEffect(() => setRange(start), [hours, refresh, known]);
  const more = html`<span class="point-now">${value?.stale && html`<${Chip} tone="warn">${term("thing", "stale")}</${Chip}>`}
    ${value?.quality && value.quality !== "good" && html`<${Chip} tone="warn">${term("quality", value.quality)}</${Chip}>`}
    <strong>${quantity(value?.value, point.unit, point.states)}</strong> <span class="quiet"><${Age} at=${value?.at} /></span></span>`;
  return html`<${Panel} title=${said(point.name)} more=${more} className="wide">${known && html`<${PointChart} point=${point.point} start=${range} refresh=${refresh} height=${170} />`}</${Panel}>`;
}

function Machine({ id, doubtsOf }) {
  const [hours, setHours] = useState(1);
  const [refresh, setRefresh] = useState(0);
  useEffect(() => {
    const timer = setInterval(() => document.visibilityState === "visible" && setRefresh((before) => before + 1), REFRESH_MS);
    return () => clearInterval(timer);
  }, []);
  const machine = equipment.value.find((one) => one.equipment === id);
  if (!machine) return html`<${Empty} title=${say("equipment.unknown", { id })} />`;
  const feeds = model.value.equipment.get(id)?.feeds ?? [];
  return html`<div class="detail">
    <header class="detail-head"><div><h2>${said(machine.name)}</h2><p class="quiet">${said(model.value.zoneName(machine.zone))} · ${term("equipment_class", machine.equipment_class)}
      ${feeds.length > 0 && ` · ${say("equipment.feeds")} ${feeds.map((fed) => said(model.value.equipment.get(fed)?.name) || fed).join(", ")}`}</p></div></header>
    ${alarmsOf(machine).map((alarm) => html`<a key=${alarm.id} class="alarm-line" href=${address("alarms", alarm.id)}><${Mark} priority=${alarm.priority} hollow=${!unacked(alarm)} /> ${said(alarm.name)}</a>`)}
    ${doubtsOf(machine).map((one) => html`<p key=${`${one.rule} ${one.subject}`} class="doubt"><${Chip} tone="warn">${term("thing", "undecided")}</${Chip}>
      ${say("equipment.undecided", { rule: one.rule, point: said(one.point.name), because: said(one.because) })} <span class="quiet"><${Age} at=${one.since} /></span></p>`)}
    <div class="actions"><${Choices} label=${say("equipment.span")} value=${hours} change=${setHours} options=${SPANS.map((span) => [span, say(span < 48 ? "equipment.hours" : "equipment.days", { n: span < 48 ? span : span / 24 })])} /></div>
    <div class="detail-body">${machine.points.length === 0 && html`<${Empty} title=${say("equipment.no_points")} />`}
      ${machine.points.map((point) => html`<${PointPanel} key=${point.point} point=${point} hours=${hours} refresh=${refresh} />`)}</div>
  </div>`;
}

export function Equipment({ thing }) {
  const [filter, setFilter] = useState("");
  const [doubtsOf, problem] = useUndecided();
  useKeys({ Escape: thing && { say: "keys.back", run: () => go("equipment"), hidden: true } });
  const all = equipment.value;
  if (all.length === 0) return html`<${Empty} title=${say("equipment.none")} hint=${say("equipment.none_hint")} />`;
  const shown = all.filter((one) => !filter || matches(filter, [one.name.en, one.name.zh, one.equipment, term("equipment_class", one.equipment_class), said(model.value.zoneName(one.zone)), ...one.points.map((point) => said(point.name))])).sort(order);
  return html`<div class=${`split${thing ? " has-chosen" : ""}`}>
    <section class="split-list" aria-label=${say("nav.equipment")}>
      <div class="tools"><h2>${say("nav.equipment")}</h2><${Filter} value=${filter} change=${setFilter} /></div>
      <${Unread} problem=${problem} />
      ${shown.length === 0 ? html`<${Empty} title=${say("list.nothing_matches")} />`
        : html`<${List} name="machine" label=${say("nav.equipment")} items=${shown} keyOf=${(one) => one.equipment} rowHeight=${56} chosen=${thing}
          choose=${(id) => go("equipment", id, { replace: place.value.thing !== null })} row=${(one) => html`<${Row} machine=${one} doubts=${doubtsOf(one)} />`} />`}
    </section>
    <section class="split-detail" aria-label=${term("thing", "equipment")}>
      ${thing ? html`<${Machine} key=${thing} id=${thing} doubtsOf=${doubtsOf} />` : html`<${Empty} title=${say("equipment.choose")} hint=${say("equipment.choose_hint")} />`}
    </section>
  </div>`;
}
