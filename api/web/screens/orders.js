// Work orders: what is open, and the steps that each can take next.
import { html, useEffect, useMemo, useState } from "../view.js";
import { useKeys } from "../app/keys.js";
import { address, go, place } from "../app/router.js";
import { PRIORITIES } from "../store/attention.js";
import { alarms, learnNames, model, orders, personName, siteId, takeOrder } from "../store/live.js";
import { usePages, useReading } from "../store/patience.js";
import { command, read } from "../store/requests.js";
import { Age, Time } from "../format/time.js";
import { Chip, Facts, Panel } from "../parts/facts.js";
import { CommandForm, Field, Unread } from "../parts/dialog.js";
import { Choices, Empty, Filter, List, matches } from "../parts/list.js";
import { Mark } from "../parts/mark.js";
import { said, say, term } from "../words/words.js";

const PAGE = 200;
const NEEDS_ASSIGNEE = new Set(["dispatch", "reassign"]);
const NEEDS_REASON = new Set(["hold", "cancel", "reject", "reopen"]);
const SAYS_REPAIRED = new Set(["finish", "verify", "close"]);

// The table of moves is the engine's own, read once.
let table = null;
const moves = () => (table ??= read("work-order-moves").then(({ items }) => items).catch((problem) => {
  table = null;
  throw problem;
}));

function useMoves(state) {
  const [all, setAll] = useState(null);
  const problem = useReading(async (gone) => {
    const found = await moves();
    if (!gone()) setAll(found);
  }, [state]);
  return [all?.filter((move) => move.state === state), problem];
}

const assetName = (id) => said((model.value.equipment.get(id) ?? model.value.doors.get(id) ?? model.value.checkpoints.get(id))?.name) || id;

function byUrgency(a, b) {
  return PRIORITIES.indexOf(a.priority) - PRIORITIES.indexOf(b.priority) || (a.created_at < b.created_at ? 1 : -1);
}

function Row({ order }) {
  return html`<${Mark} priority=${order.priority} hollow=${true} size=${20} />
    <span class="row-words"><b>${said(order.title)}</b><span class="quiet">${assetName(order.asset)}${order.assignee && ` · ${personName(order.assignee)}`}</span></span>
    <span class="row-state"><${Chip} tone=${order.state === "on_hold" || order.proposed_done ? "warn" : "plain"}>${order.proposed_done ? say("orders.proposed_done") : term("order_state", order.state)}</${Chip}></span>
    <span class="row-age"><${Age} at=${order.created_at} /></span>`;
}

function MoveForm({ order, move, close }) {
  const { trigger } = move;
  const engineers = [...model.value.people.values()].filter((person) => person.role === "engineer");
  useEffect(() => void learnNames(engineers.map((person) => person.id)), []);
  const run = async (form) => {
    const answer = await command(`work-orders/${order.id}/transitions`, {
      trigger, reason: form.get("reason") ?? "", assignee: form.get("assignee") || null, expected_version: order.version,
    });
    if (answer.order) takeOrder(answer.order);
  };
  const title = say("orders.move_title", { move: term("order_trigger", trigger) });
  return html`<${CommandForm} title=${title} submit=${term("order_trigger", trigger)} close=${close} run=${run}>
    <p class="quiet">${said(order.title)} · ${say("orders.leads_to", { state: term("order_state", move.leads_to) })}</p>
    ${NEEDS_ASSIGNEE.has(trigger) && html`<${Field} label=${term("thing", "assignee")}>
      ${engineers.length > 0
        ? html`<select name="assignee" required>${engineers.map((person) => html`<option key=${person.id} value=${person.id}>${personName(person.id)}</option>`)}</select>`
        : html`<input name="assignee" required pattern="[A-Za-z0-9_\-]{1,64}" />`}</${Field}>`}
    ${NEEDS_REASON.has(trigger) && html`<${Field} label=${say("orders.reason")}><textarea name="reason" rows="3" maxlength="2000" required></textarea></${Field}>`}
    ${SAYS_REPAIRED.has(trigger) && html`<${Field} label=${say("orders.reason_if_active")}><textarea name="reason" rows="2" maxlength="2000"></textarea></${Field}>`}
  </${CommandForm}>`;
}

function useOrder(id, known) {
  const [found, setFound] = useState({});
  const problem = useReading(async (gone) => {
    const [order, history] = await Promise.all([known ?? read(`work-orders/${id}`), read(`work-orders/${id}/history`, { limit: 50 })]);
    if (!gone()) setFound({ order, history: history.items });
  }, [id, known?.version]);
  return { ...found, problem };
}

function OrderDetail({ id }) {
  const known = orders.value.get(id);
  const found = useOrder(id, known);
  const order = known ?? found.order;
  const [possible, problem] = useMoves(order?.state);
  const [move, setMove] = useState(null);
  if (!order) return html`<div class="detail"><${Unread} problem=${found.problem} /></div>`;
  const alarm = [...alarms.value.values()].find((one) => one.latest.order === id);
  return html`<div class="detail">
    <header class="detail-head"><${Mark} priority=${order.priority} hollow=${true} size=${30} /><div><h2>${said(order.title)}</h2>
      <p class="quiet"><${Chip}>${term("order_state", order.state)}</${Chip}> ${assetName(order.asset)} · <${Age} at=${order.created_at} /></p></div></header>
    ${order.proposed_done && html`<p class="notice">${say("orders.proposed_done_hint")}</p>`}
    <div class="actions">${possible?.map((one, index) => html`<button key=${one.trigger} type="button" class=${index === 0 ? "main" : ""} onClick=${() => setMove(one)}>${term("order_trigger", one.trigger)}</button>`)}
      ${possible?.length === 0 && html`<span class="quiet">${say("orders.no_moves")}</span>`}</div>
    <${Unread} problem=${problem ?? found.problem} />
    <div class="detail-body">
      <${Panel} title=${say("orders.facts")}><${Facts} pairs=${[
        [term("thing", "assignee"), personName(order.assignee)],
        [term("thing", "fault"), html`<code>${order.fault}</code>`],
        [say("orders.created"), html`<${Time} at=${order.created_at} />`],
        [say("orders.changed"), html`<${Time} at=${order.changed_at} />`],
        [say("orders.hold_reason"), order.hold_reason],
        [say("orders.reason"), order.reason],
        [say("orders.recall_of"), order.recall_of && html`<a href=${address("orders", order.recall_of)}>${order.recall_of}</a>`],
        [say("alarm.occurrences"), order.occurrences.length],
        [term("thing", "alarm"), alarm && html`<a href=${address("alarms", alarm.id)}>${said(alarm.name)}</a>`],
      ]} /></${Panel}>
      ${said(order.procedure) && html`<${Panel} title=${term("thing", "procedure")} className="procedure"><p>${said(order.procedure)}</p></${Panel}>`}
      ${found.history && html`<${Panel} title=${say("alarm.history")}><ol class="history">${found.history.map((change) => html`<li key=${change.id}><${Time} at=${change.at} />
        <span><b>${term("order_change", change.body.change)}</b> · ${term("order_state", change.body.order.state)}${change.body.actor && ` · ${personName(change.body.actor)}`}</span></li>`)}</ol></${Panel}>`}
    </div>
    ${move && html`<${MoveForm} order=${order} move=${move} close=${() => setMove(null)} />`}
  </div>`;
}

function useEnded(wanted) {
  return usePages(
    (cursor) => (wanted ? read("work-orders", { site: siteId.value, open: false, limit: PAGE, cursor }) : null),
    [wanted, siteId.value, orders.value.size],
  );
}

export function Orders({ thing }) {
  const [view, setView] = useState("open");
  const [filter, setFilter] = useState("");
  const [ended, more] = useEnded(view === "ended");
  useKeys({ Escape: thing && { say: "keys.back", run: () => go("orders"), hidden: true } });
  const all = useMemo(() => (view === "open" ? [...orders.value.values()].sort(byUrgency) : ended.items), [view, orders.value, ended.items]);
  const shown = all.filter((order) => !filter || matches(filter, [order.title.en, order.title.zh, order.asset, order.fault, personName(order.assignee)]));
  return html`<div class=${`split${thing ? " has-chosen" : ""}`}>
    <section class="split-list" aria-label=${say("nav.orders")}>
      <div class="tools"><${Choices} label=${say("alarms.which")} value=${view} change=${setView} options=${[["open", say("orders.open"), orders.value.size], ["ended", say("orders.ended")]]} />
        <${Filter} value=${filter} change=${setFilter} /></div>
      <${Unread} problem=${view === "ended" ? ended.problem : null} />
      ${shown.length === 0 ? (view !== "ended" || ended.loaded) && html`<${Empty} title=${say(filter ? "list.nothing_matches" : view === "open" ? "orders.none_open" : "orders.none_ended")} hint=${!filter && say("orders.none_hint")} />`
        : html`<${List} name="order" label=${say("nav.orders")} items=${shown} keyOf=${(order) => order.id} rowHeight=${54} chosen=${thing}
          choose=${(id) => go("orders", id, { replace: place.value.thing !== null })} row=${(order) => html`<${Row} order=${order} />`} />`}
      ${view === "ended" && ended.next && html`<button type="button" class="load-more" onClick=${more}>${say("list.more")}</button>`}
    </section>
    <section class="split-detail" aria-label=${term("thing", "work_order")}>
      ${thing ? html`<${OrderDetail} key=${thing} id=${thing} />` : html`<${Empty} title=${say("orders.choose")} hint=${say("orders.choose_hint")} />`}
    </section>
  </div>`;
}
