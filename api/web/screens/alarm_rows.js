// A row of the list of alarms: one alarm, or an incident with what is gathered in it.
import { html } from "../view.js";
import { unacked, worst } from "../store/attention.js";
import { modes, personName, placeName } from "../store/live.js";
import { Age } from "../format/time.js";
import { Mark } from "../parts/mark.js";
import { said, say, term } from "../words/words.js";

// In one word, as an operator thinks of it.
export function stateWord(alarm) {
  if (alarm.service === "out_of_service") return term("service", "out_of_service");
  if (alarm.shelving !== "unshelved") return term("shelving", alarm.shelving);
  if (alarm.inhibition === "inhibited") return term("inhibition", "inhibited");
  if (alarm.latch === "latched" && alarm.condition === "inactive") return term("latch", "latched");
  if (alarm.condition === "inactive") {
    if (alarm.latest.state === "cleared") return say("alarm.over");
    return term("occurrence_state", alarm.latest.state);
  }
  return say(`alarm.${alarm.condition}`);
}

export const searched = (alarm) => [
  alarm.name.en, alarm.name.zh, alarm.asset, alarm.rule, placeName(alarm), term("priority", alarm.priority),
];

const rowWords = (alarm) => [
  placeName(alarm), stateWord(alarm), term("acknowledgement", alarm.acknowledgement),
  alarm.latest.count > 1 ? say("alarm.comes_and_goes", { n: alarm.latest.count }) : alarm.occurrences > 1 && say("alarm.times", { n: alarm.occurrences }),
  alarm.latest.confirmed_with && say("alarm.confirmed"),
  personName(alarm.assignee),
  (alarm.out_of_service ?? alarm.shelf ?? modes.value.get(alarm.inhibited_mode))?.reason,
].filter(Boolean);

export function AlarmRow({ alarm, inside = false }) {
  return html`${inside && html`<span class="row-inside" aria-hidden="true"></span>`}<${Mark} priority=${alarm.priority} hollow=${!unacked(alarm)} size=${20} />
    <span class="row-words"><b>${said(alarm.name)}</b>
      <span class="quiet">${rowWords(alarm).join(" · ")}</span></span>
    <span class="row-age"><${Age} at=${alarm.latest.raised_at} /></span>`;
}

export const incidentCounts = (incident) => [
  say("incident.standing", { n: incident.standing }),
  incident.suppressed > 0 && say("incident.suppressed", { n: incident.suppressed }),
].filter(Boolean).join(say("list.comma"));

// Whether somebody still has to look is said by its alarms that nothing stands for.
export function IncidentRow({ incident, members, opened }) {
  const urgent = worst(members);
  return html`<${Mark} priority=${urgent?.priority ?? incident.priority} hollow=${!members.some(unacked)} size=${20} />
    <span class="row-words"><b><span aria-hidden="true">${opened ? "▾" : "▸"}</span> ${said(incident.title)}</b>
      <span class="quiet">${term("thing", "incident")}${say("list.colon")}${incidentCounts(incident)} · ${say(`incident.because_${incident.grouping}`)}</span></span>
    <span class="row-age"><${Age} at=${incident.opened_at} /></span>`;
}
