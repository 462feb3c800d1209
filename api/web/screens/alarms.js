// Alarms: what stands, most urgent first; the chosen one with its why beside the list.
import { html, useEffect, useMemo, useState } from "../view.js";
import { useKeys } from "../app/keys.js";
import { go } from "../app/router.js";
import { PRIORITIES, setAside, unacked, urgentFirst } from "../store/attention.js";
import { alarms, model, personName, siteId } from "../store/live.js";
import { read } from "../store/requests.js";
import { Age } from "../format/time.js";
import { AlarmDetail } from "./alarm_detail.js";
import { Choices, Empty, Filter, List, matches } from "../parts/list.js";
import { Refusal } from "../parts/dialog.js";
import { Mark } from "../parts/mark.js";
import { said, say, term } from "../words/words.js";

const PAGE = 200;
const NONE = { standing: "attention.none", aside: "alarms.none_aside", ended: "alarms.none_ended" };

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

const searched = (alarm) => [
  alarm.name.en, alarm.name.zh, alarm.asset, alarm.rule, said(model.value.zoneName(alarm.zone)), term("priority", alarm.priority),
];

const rowWords = (alarm) => [
  said(model.value.zoneName(alarm.zone)), stateWord(alarm), term("acknowledgement", alarm.acknowledgement),
  alarm.latest.count > 1 ? say("alarm.comes_and_goes", { n: alarm.latest.count }) : alarm.occurrences > 1 && say("alarm.times", { n: alarm.occurrences }),
  alarm.latest.confirmed_with && say("alarm.confirmed"),
  personName(alarm.assignee),
  (alarm.out_of_service ?? alarm.shelf)?.reason,
].filter(Boolean);

function Row({ alarm }) {
  return html`<${Mark} priority=${alarm.priority} hollow=${!unacked(alarm)} size=${20} />
    <span class="row-words"><b>${said(alarm.name)}</b>
      <span class="quiet">${rowWords(alarm).join(" · ")}</span></span>
    <span class="row-age"><${Age} at=${alarm.latest.raised_at} /></span>`;
}

// Alarms that no longer stand are read page by page; there may be thousands.
function useEnded(wanted) {
  const [found, setFound] = useState({ items: [], next: null, problem: null, site: null });
  const load = async (cursor) => {
    const site = siteId.value;
    try {
      const page = await read("alarms", { site, standing: false, limit: PAGE, cursor });
      setFound((before) => ({ items: cursor ? [...before.items, ...page.items] : page.items, next: page.next, problem: null, site }));
    } catch (problem) {
      setFound((before) => ({ ...before, problem }));
    }
  };
  useEffect(() => {
    if (wanted) load(null);
  }, [wanted, siteId.value, alarms.value.size]);
  return [found, () => load(found.next)];
}

export function Alarms({ thing }) {
  const [view, setView] = useState("standing");
  const [filter, setFilter] = useState("");
  const [priority, setPriority] = useState("all");
  const [ended, more] = useEnded(view === "ended");
  const all = { standing: urgentFirst.value, aside: setAside.value, ended: ended.items }[view];
  const shown = useMemo(
    () => all.filter((alarm) => (priority === "all" || alarm.priority === priority) && (!filter || matches(filter, searched(alarm)))),
    [all, filter, priority],
  );
  const choose = (id) => go("alarms", id, { replace: true });
  const chosen = thing ?? null;
  useKeys({ Escape: chosen && { say: "keys.back", run: () => go("alarms"), hidden: true } });
  return html`<div class=${`split${chosen ? " has-chosen" : ""}`}>
    <section class="split-list" aria-label=${say("nav.alarms")}>
      <div class="tools">
        <${Choices} label=${say("alarms.which")} value=${view} change=${setView}
          options=${[["standing", say("alarms.standing"), urgentFirst.value.length], ["aside", say("alarms.aside"), setAside.value.length], ["ended", say("alarms.ended")]]} />
        <select aria-label=${term("thing", "priority")} value=${priority} onChange=${(event) => setPriority(event.currentTarget.value)}>
          <option value="all">${say("alarms.all_priorities")}</option>
          ${PRIORITIES.map((one) => html`<option key=${one} value=${one}>${term("priority", one)}</option>`)}
        </select>
        <${Filter} value=${filter} change=${setFilter} />
      </div>
      <${Refusal} problem=${view === "ended" ? ended.problem : null} />
      ${shown.length === 0
        ? html`<${Empty} title=${say(filter || priority !== "all" ? "list.nothing_matches" : NONE[view])} hint=${say(`${NONE[view]}_hint`)} />`
        : html`<${List} name="alarm" label=${say("nav.alarms")} items=${shown} keyOf=${(alarm) => alarm.id} rowHeight=${54}
            chosen=${chosen} choose=${choose} row=${(alarm) => html`<${Row} alarm=${alarm} />`} rowClass=${(alarm) => (unacked(alarm) ? `open bar-${alarm.priority}` : "")} />`}
      ${view === "ended" && ended.next && html`<button type="button" class="load-more" onClick=${more}>${say("list.more")}</button>`}
    </section>
    <section class="split-detail" aria-label=${term("thing", "why")}>
      ${chosen ? html`<${AlarmDetail} key=${chosen} id=${chosen} />` : html`<${Empty} title=${say("alarms.choose")} hint=${say("alarms.choose_hint")} />`}
    </section>
  </div>`;
}
