// One alarm: what to do about it, and why it is here, answered without documentation.
import { html, useState } from "../view.js";
import { address, go } from "../app/router.js";
import { unacked } from "../store/attention.js";
import { alarms, incidents, learnNames, modes, orders, personName, placeName } from "../store/live.js";
import { useReading } from "../store/patience.js";
import { read } from "../store/requests.js";
import { Ago, Time } from "../format/time.js";
import { Chip, Facts, Panel } from "../parts/facts.js";
import { Unread } from "../parts/dialog.js";
import { Mark } from "../parts/mark.js";
import { AlarmActions } from "./alarm_actions.js";
import { stateWord } from "./alarm_rows.js";
import { Notifications } from "./alarm_notifications.js";
import { Compared, Decisions, Evidence, History, SubjectChart, WhyFacts } from "./alarm_why.js";
import { said, say, term } from "../words/words.js";

// The why and the history, read anew whenever the alarm has changed.
function useWhy(id, version) {
  const [found, setFound] = useState({});
  const problem = useReading(async (gone) => {
    const [why, history] = await Promise.all([read(`alarms/${id}/why`), read(`alarms/${id}/history`, { limit: 50 })]);
    if (gone()) return;
    setFound({ why, history: history.items });
    const { assignee } = why.alarm;
    learnNames([assignee, ...history.items.map((change) => change.body.actor)].filter(Boolean));
  }, [id, version]);
  return { ...found, problem };
}

function Heading({ alarm }) {
  return html`<header class="detail-head">
    <${Mark} priority=${alarm.priority} hollow=${!unacked(alarm)} size=${34} />
    <div><h2>${said(alarm.name)}</h2>
      <p class="quiet"><${Chip} tone=${alarm.condition === "inactive" ? "plain" : "warn"}>${stateWord(alarm)}</${Chip}>
        ${alarm.latest.confirmed_with && html`<${Chip} tone="warn">${say("alarm.confirmed")}</${Chip}> `}${term("acknowledgement", alarm.acknowledgement)} · ${term("priority", alarm.priority)} · ${placeName(alarm)}${placeName(alarm) && " · "}<${Ago} at=${alarm.latest.raised_at} /></p></div>
    <a class="bare back" href=${address("alarms")} onClick=${(event) => {
      event.preventDefault();
      go("alarms");
    }} aria-label=${say("keys.back")}>✕</a>
  </header>`;
}

function ModeWords({ id }) {
  const mode = modes.value.get(id);
  return html`<a href=${address("modes")}>${mode ? term("mode_kind", mode.kind) : id}</a>${mode && html` · ${personName(mode.begun_by)} · ${say("alarm.until")} <${Time} at=${mode.until} /> · ${mode.reason}`}`;
}

// What sentences say in words, as it is written in the configuration, and which points its names are.
const EXPRESSIONS = ["when", "until", "of", "only_while"];
function asConfigured(rule) {
  const written = EXPRESSIONS.filter((name) => rule.parameters[name]).map((name) => [name, rule.parameters[name]]);
  const lines = [...written, ...(written.length > 0 ? Object.entries(rule.inputs) : [])];
  return lines.length > 0 && html`<ul>${lines.map(([name, text]) => html`<li key=${name}><code>${name}: ${text}</code></li>`)}</ul>`;
}

function Standing({ alarm, rule, unchanged }) {
  const order = alarm.latest.order;
  const latest = alarm.latest;
  return html`<${Facts} pairs=${[
    [say("alarm.raised"), html`<${Time} at=${latest.raised_at} />`],
    [say("alarm.cleared"), latest.cleared_at && html`<${Time} at=${latest.cleared_at} />`],
    [term("acknowledgement", "acked"), alarm.acknowledged_by && html`${personName(alarm.acknowledged_by)} · <${Time} at=${alarm.acknowledged_at} />`],
    [say("alarm.closed"), latest.closed_at && html`${term("disposition", latest.disposition)} · ${personName(latest.closed_by)} · <${Time} at=${latest.closed_at} />`],
    [say("alarm.correction"), latest.correction && said(latest.correction)],
    [term("thing", "incident"), latest.incident && html`<a href=${address("alarms", latest.incident)}>${said(incidents.value.get(latest.incident)?.title) || latest.incident}</a>`],
    [term("thing", "work_order"), order && html`<a href=${address("orders", order)}>${orders.value.get(order) ? said(orders.value.get(order).title) : order}</a>`],
    [term("thing", "shelve"), alarm.shelf && html`${personName(alarm.shelf.shelved_by)} · ${say("alarm.until")} <${Time} at=${alarm.shelf.until} /> · ${alarm.shelf.reason}`],
    [term("service", "out_of_service"), alarm.out_of_service && html`${personName(alarm.out_of_service.taken_by)} · <${Time} at=${alarm.out_of_service.at} /> · ${alarm.out_of_service.reason}`],
    [term("inhibition", "inhibited"), alarm.inhibited_under && html`<a href=${address("alarms", alarm.inhibited_under)}>${said(alarms.value.get(alarm.inhibited_under)?.name) || alarm.inhibited_under}</a>`],
    [term("thing", "mode"), alarm.inhibited_mode && html`<${ModeWords} id=${alarm.inhibited_mode} />`],
    [term("latch", "latched"), alarm.latch === "latched" && say("alarm.latched_hint")],
    [term("chatter", "chattering"), alarm.chatter === "chattering" && say("alarm.chattering_hint", { n: latest.count })],
    [term("thing", "assignee"), personName(alarm.assignee)],
    [say("alarm.acknowledged_until"), alarm.acknowledged_until && html`<${Time} at=${alarm.acknowledged_until} />`],
    [say("alarm.occurrences"), alarm.occurrences],
    [term("thing", "rule"), rule ? html`${said(rule.name)} <code>${rule.id}</code>` : html`<code>${alarm.rule}</code> ${rule === null && say("alarm.rule_removed")}`],
    [say("why.as_configured"), rule && asConfigured(rule)],
    [term("thing", "configuration"), rule && !unchanged && say("alarm.rule_changed")],
  ]} />`;
}

export function AlarmDetail({ id }) {
  const [asked, setAsked] = useState(0);
  const live = alarms.value.get(id);
  const { why, history, problem } = useWhy(id, `${live?.version} ${live?.latest.state} ${asked}`);
  const alarm = live ?? why?.alarm;
  if (!alarm) return html`<div class="detail"><${Unread} problem=${problem} /></div>`;
  return html`<div class="detail">
    <${Heading} alarm=${alarm} />
    <${AlarmActions} alarm=${alarm} commented=${() => setAsked(asked + 1)} />
    <${Unread} problem=${problem} />
    <div class="detail-body">
      <${Panel} title=${term("thing", "why")} className="why"><${WhyFacts} occurrence=${why?.occurrence ?? alarm.latest} now=${why?.now} /></${Panel}>
      ${said(alarm.procedure) && html`<${Panel} title=${term("thing", "procedure")} className="procedure"><p>${said(alarm.procedure)}</p></${Panel}>`}
      <${SubjectChart} alarm=${alarm} />
      <${Panel} title=${say("why.compared")}><${Compared} why=${(why?.occurrence ?? alarm.latest).why} rule=${why?.rule} /></${Panel}>
      <${Panel} title=${say("alarm.standing")}><${Standing} alarm=${alarm} rule=${why?.rule} unchanged=${why?.rule_unchanged} /></${Panel}>
      <${Decisions} decisions=${alarm.latest.decisions} />
      <${Notifications} alarm=${alarm} />
      ${history && html`<${Panel} title=${say("alarm.history")}><${History} changes=${history} /></${Panel}>`}
      ${why && html`<${Panel} title=${say("alarm.evidence")}><${Evidence} evidence=${why.evidence} /></${Panel}>`}
    </div>
  </div>`;
}
