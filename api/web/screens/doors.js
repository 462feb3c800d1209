// Doors as they stand: open, closed or unknown, since when, and who was let through last.
import { html, useState } from "../view.js";
import { address } from "../app/router.js";
import { alarmsByPlace, unacked } from "../store/attention.js";
import { doors, model, personName } from "../store/live.js";
import { Age, Time } from "../format/time.js";
import { Chip } from "../parts/facts.js";
import { Choices, Empty, Filter, matches } from "../parts/list.js";
import { Mark } from "../parts/mark.js";
import { said, say, term } from "../words/words.js";

const STATES = ["all", "open", "unknown", "closed"];

// What needs attention, then open, unknown and closed; by name within.
function order(a, b) {
  const alarm = (door) => (alarmsByPlace.value.get(door.door)?.length ? 0 : 1);
  const rank = (door) => ["open", "unknown", "closed"].indexOf(door.state);
  return alarm(a) - alarm(b) || rank(a) - rank(b) || said(a.name).localeCompare(said(b.name));
}

function Row({ door, chosen }) {
  const configured = model.value.doors.get(door.door);
  const alarm = alarmsByPlace.value.get(door.door)?.[0];
  return html`<tr class=${chosen ? "chosen" : ""}>
    <th scope="row"><span class="with-mark">${alarm && html`<a href=${address("alarms", alarm.id)} title=${said(alarm.name)}><${Mark} priority=${alarm.priority} hollow=${!unacked(alarm)} /></a>`}${said(door.name)}</span></th>
    <td>${said(model.value.zoneName(door.zone))}</td>
    <td><${Chip} tone=${door.state === "closed" ? "plain" : "warn"}>${term("door_state", door.state)}</${Chip}></td>
    <td><${Age} at=${door.since} /></td><td class="narrow-hide"><${Time} at=${door.since} /></td>
    <td>${door.last_event ? term("access_kind", door.last_event) : "–"}</td>
    <td>${personName(door.person) || "–"}</td>
    <td class="narrow-hide">${configured?.high_security ? say("doors.high_security") : ""}</td>
  </tr>`;
}

export function Doors({ thing }) {
  const [state, setState] = useState("all");
  const [filter, setFilter] = useState("");
  const all = [...doors.value.values()];
  if (all.length === 0) return html`<${Empty} title=${say("doors.none")} hint=${say("doors.none_hint")} />`;
  const shown = all
    .filter((door) => (state === "all" || door.state === state) && (!filter || matches(filter, [door.name.en, door.name.zh, door.door, said(model.value.zoneName(door.zone))])))
    .sort(order);
  const number = (one) => (one === "all" ? all.length : all.filter((door) => door.state === one).length);
  return html`<div class="sheet">
    <div class="tools"><h2>${say("nav.doors")}</h2>
      <${Choices} label=${say("alarms.which")} value=${state} change=${setState} options=${STATES.map((one) => [one, one === "all" ? say("list.all") : term("door_state", one), number(one)])} />
      <${Filter} value=${filter} change=${setFilter} /></div>
    <div class="table-box"><table><thead><tr><th>${term("thing", "door")}</th><th>${term("thing", "zone")}</th><th>${say("head.state")}</th><th>${say("head.for")}</th><th class="narrow-hide">${say("head.since")}</th><th>${say("doors.last_event")}</th><th>${say("doors.last_person")}</th><th class="narrow-hide"><span class="unseen">${say("doors.security")}</span></th></tr></thead>
      <tbody>${shown.map((door) => html`<${Row} key=${door.door} door=${door} chosen=${door.door === thing} />`)}</tbody></table>
      ${shown.length === 0 && html`<${Empty} title=${say("list.nothing_matches")} />`}</div>
  </div>`;
}
