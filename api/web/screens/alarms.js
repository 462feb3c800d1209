// Alarms: what stands, most urgent first, gathered by incident; the chosen one with its why beside the list.
import { html, useMemo, useState } from "../view.js";
import { useKeys } from "../app/keys.js";
import { go } from "../app/router.js";
import { PRIORITIES, unacked, urgentFirst } from "../store/attention.js";
import { asideRows, groups, rowsOf } from "../store/grouping.js";
import { alarms, siteId } from "../store/live.js";
import { usePages } from "../store/patience.js";
import { read } from "../store/requests.js";
import { AlarmDetail } from "./alarm_detail.js";
import { AlarmRow, IncidentRow, searched } from "./alarm_rows.js";
import { IncidentDetail } from "./incident_detail.js";
import { Choices, Empty, Filter, List, matches } from "../parts/list.js";
import { Unread } from "../parts/dialog.js";
import { say, term } from "../words/words.js";

const PAGE = 200;
const NONE = { standing: "attention.none", aside: "alarms.none_aside", ended: "alarms.none_ended" };

// Alarms that no longer stand are read page by page; there may be thousands.
function useEnded(wanted) {
  return usePages(
    (cursor) => (wanted ? read("alarms", { site: siteId.value, own: true, standing: false, limit: PAGE, cursor }) : null),
    [wanted, siteId.value, alarms.value.size],
  );
}

const asRow = (alarm) => ({ id: alarm.id, alarm });

// The rows of a view. With a filter, single alarms are looked for: their incidents would only be in the way.
function useRows(view, ended, priority, filter) {
  const [opened, setOpened] = useState(new Set());
  const plain = priority === "all" && !filter;
  const wanted = (alarm) => (priority === "all" || alarm.priority === priority) && (!filter || matches(filter, searched(alarm)));
  const rows = useMemo(() => {
    if (view === "standing" && plain) return rowsOf(groups.value, opened);
    const all = { standing: urgentFirst.value.map(asRow), aside: asideRows.value, ended: ended.items.map(asRow) }[view];
    return plain ? all : all.filter((row) => row.alarm && wanted(row.alarm));
  }, [view, plain, priority, filter, opened, groups.value, asideRows.value, ended.items]);
  const turn = (id, open) => setOpened((before) => {
    const after = new Set(before);
    if (open) after.add(id);
    else after.delete(id);
    return after;
  });
  return [rows, opened, turn];
}

const Row = ({ row, opened }) =>
  row.incident ? html`<${IncidentRow} ...${row} opened=${opened.has(row.id)} />` : html`<${AlarmRow} alarm=${row.alarm} inside=${row.inside} />`;

function rowClass({ incident, alarm, members }) {
  const open = incident ? members.some(unacked) : unacked(alarm);
  return [incident && "row-incident", open && `open bar-${(incident ?? alarm).priority}`].filter(Boolean).join(" ");
}

function Detail({ chosen }) {
  if (!chosen) return html`<${Empty} title=${say("alarms.choose")} hint=${say("alarms.choose_hint")} />`;
  return chosen.startsWith("incident-") ? html`<${IncidentDetail} key=${chosen} id=${chosen} />` : html`<${AlarmDetail} key=${chosen} id=${chosen} />`;
}

export function Alarms({ thing }) {
  const [view, setView] = useState("standing");
  const [filter, setFilter] = useState("");
  const [priority, setPriority] = useState("all");
  const [ended, more] = useEnded(view === "ended");
  const [rows, opened, turn] = useRows(view, ended, priority, filter);
  const chosen = thing ?? null;
  // A click opens an incident and folds it again; keys walk past it, so that nobody walks through a storm.
  const choose = (id, pointed) => {
    if (pointed && id.startsWith("incident-")) turn(id, !(id === chosen && opened.has(id)));
    go("alarms", id, { replace: true });
  };
  useKeys({
    Escape: chosen && { say: "keys.back", run: () => go("alarms"), hidden: true },
    ArrowRight: chosen && { say: "keys.open_incident", run: () => turn(chosen, true) },
    ArrowLeft: chosen && { say: "keys.fold_incident", run: () => turn(chosen, false) },
  });
  return html`<div class=${`split${chosen ? " has-chosen" : ""}`}>
    <section class="split-list" aria-label=${say("nav.alarms")}>
      <div class="tools">
        <${Choices} label=${say("alarms.which")} value=${view} change=${setView}
          options=${[["standing", say("alarms.standing"), urgentFirst.value.length], ["aside", say("alarms.aside"), asideRows.value.length], ["ended", say("alarms.ended")]]} />
        <select aria-label=${term("thing", "priority")} value=${priority} onChange=${(event) => setPriority(event.currentTarget.value)}>
          <option value="all">${say("alarms.all_priorities")}</option>
          ${PRIORITIES.map((one) => html`<option key=${one} value=${one}>${term("priority", one)}</option>`)}
        </select>
        <${Filter} value=${filter} change=${setFilter} />
      </div>
      <${Unread} problem=${view === "ended" ? ended.problem : null} />
      ${rows.length === 0
        ? (view !== "ended" || ended.loaded) && html`<${Empty} title=${say(filter || priority !== "all" ? "list.nothing_matches" : NONE[view])} hint=${say(`${NONE[view]}_hint`)} />`
        : html`<${List} name="alarm" label=${say("nav.alarms")} items=${rows} keyOf=${(row) => row.id} rowHeight=${54}
            chosen=${chosen} choose=${choose} row=${(row) => html`<${Row} row=${row} opened=${opened} />`} rowClass=${rowClass} />`}
      ${view === "ended" && ended.next && html`<button type="button" class="load-more" onClick=${more}>${say("list.more")}</button>`}
    </section>
    <section class="split-detail" aria-label=${term("thing", "why")}><${Detail} chosen=${chosen} /></section>
  </div>`;
}
