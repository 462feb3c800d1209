// One alarm: what to do about it, and why it is here, answered without documentation.
import { html, useEffect, useState } from "../view.js";
import { useKeys } from "../app/keys.js";
import { address, go } from "../app/router.js";
import { unacked } from "../store/attention.js";
import { alarms, learnNames, model, orders, personName, takeAlarm } from "../store/live.js";
import { command, read } from "../store/requests.js";
import { Ago, Time } from "../format/time.js";
import { Chip, Facts, Panel } from "../parts/facts.js";
import { CommandForm, Field, Refusal, useCommand } from "../parts/dialog.js";
import { Mark } from "../parts/mark.js";
import { stateWord } from "./alarms.js";
import { Compared, Evidence, History, SubjectChart, WhyFacts } from "./alarm_why.js";
import { said, say, term } from "../words/words.js";

const DISPOSITIONS = ["real", "false", "nuisance", "test", "drill", "unknown"];

// The why and the history, read anew whenever the alarm has changed.
function useWhy(id, version) {
  const [found, setFound] = useState({});
  useEffect(() => {
    let gone = false;
    Promise.all([read(`alarms/${id}/why`), read(`alarms/${id}/history`, { limit: 50 })]).then(
      ([why, history]) => {
        if (gone) return;
        setFound({ why, history: history.items });
        learnNames(history.items.map((change) => change.body.actor).filter(Boolean));
      },
      (problem) => !gone && setFound((before) => ({ ...before, problem })),
    );
    return () => {
      gone = true;
    };
  }, [id, version]);
  return found;
}

function CloseForm({ alarm, close }) {
  const [disposition, setDisposition] = useState("real");
  const run = async (form) => {
    await command(`occurrences/${alarm.latest.id}/close`, {
      disposition: form.get("disposition"), cause: form.get("cause") ?? "", comment: form.get("comment") ?? "", expected_version: alarm.version,
    });
    takeAlarm(await read(`alarms/${alarm.id}`));
  };
  return html`<${CommandForm} title=${say("alarm.close_title")} submit=${say("alarm.close")} close=${close} run=${run}>
    <p class="quiet">${said(alarm.name)}</p>
    <fieldset class="radios"><legend>${term("thing", "disposition")}</legend>
      ${DISPOSITIONS.map((one) => html`<label key=${one}><input type="radio" name="disposition" value=${one} checked=${one === disposition} onChange=${() => setDisposition(one)} />
        <span>${term("disposition", one)}</span></label>`)}
    </fieldset>
    ${disposition === "false" && html`<${Field} label=${say("alarm.false_cause")}><input name="cause" maxlength="2000" required /></${Field}>`}
    <${Field} label=${say("alarm.comment_optional")}><textarea name="comment" rows="3" maxlength="2000"></textarea></${Field}>
  </${CommandForm}>`;
}

function CommentForm({ alarm, close }) {
  const run = async (form) => {
    const answer = await command(`alarms/${alarm.id}/comments`, { comment: form.get("comment") });
    if (answer.alarm) takeAlarm(answer.alarm);
  };
  return html`<${CommandForm} title=${say("alarm.comment_title")} submit=${say("alarm.comment")} close=${close} run=${run}>
    <p class="quiet">${said(alarm.name)}</p>
    <${Field} label=${term("thing", "comment")}><textarea name="comment" rows="4" maxlength="2000" required autofocus></textarea></${Field}>
  </${CommandForm}>`;
}

function Actions({ alarm, commented }) {
  const [form, setForm] = useState(null);
  const [send, busy, problem] = useCommand();
  const open = unacked(alarm);
  const closable = alarm.latest.state === "cleared";
  const acknowledge = () => open && send(async () => {
    const answer = await command(`alarms/${alarm.id}/acknowledge`, { expected_version: alarm.version });
    if (answer.alarm) takeAlarm(answer.alarm);
  });
  const comment = () => setForm("comment");
  const closeIt = () => closable && setForm("close");
  const done = () => {
    setForm(null);
    commented();
  };
  useKeys({
    a: { say: "keys.acknowledge", run: acknowledge },
    c: { say: "keys.comment", run: comment },
    x: { say: "keys.close_alarm", run: closeIt },
  });
  const why_not = alarm.latest.state === "closed" ? "alarm.closed_already" : "alarm.close_later";
  return html`<div class="actions">
    <button type="button" class="main" disabled=${!open || busy} onClick=${acknowledge}>${say(open ? "alarm.acknowledge" : "alarm.acknowledged")} <kbd>a</kbd></button>
    <button type="button" onClick=${comment}>${say("alarm.comment")} <kbd>c</kbd></button>
    <button type="button" disabled=${!closable} title=${closable ? "" : say(why_not)} onClick=${closeIt}>${say("alarm.close")} <kbd>x</kbd></button>
    ${!closable && html`<span class="quiet hint">${say(why_not)}</span>`}
    <${Refusal} problem=${problem} />
    ${form === "comment" && html`<${CommentForm} alarm=${alarm} close=${done} />`}
    ${form === "close" && html`<${CloseForm} alarm=${alarm} close=${done} />`}
  </div>`;
}

function Heading({ alarm }) {
  return html`<header class="detail-head">
    <${Mark} priority=${alarm.priority} hollow=${!unacked(alarm)} size=${34} />
    <div><h2>${said(alarm.name)}</h2>
      <p class="quiet"><${Chip} tone=${alarm.condition === "inactive" ? "plain" : "warn"}>${stateWord(alarm)}</${Chip}>
        ${term("acknowledgement", alarm.acknowledgement)} · ${term("priority", alarm.priority)} · ${said(model.value.zoneName(alarm.zone))}${said(model.value.zoneName(alarm.zone)) && " · "}<${Ago} at=${alarm.latest.raised_at} /></p></div>
    <a class="bare back" href=${address("alarms")} onClick=${(event) => {
      event.preventDefault();
      go("alarms");
    }} aria-label=${say("keys.back")}>✕</a>
  </header>`;
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
    [term("thing", "work_order"), order && html`<a href=${address("orders", order)}>${orders.value.get(order) ? said(orders.value.get(order).title) : order}</a>`],
    [say("alarm.occurrences"), alarm.occurrences],
    [term("thing", "rule"), rule ? html`${said(rule.name)} <code>${rule.id}</code>` : html`<code>${alarm.rule}</code> ${rule === null && say("alarm.rule_removed")}`],
    [term("thing", "configuration"), rule && !unchanged && say("alarm.rule_changed")],
  ]} />`;
}

export function AlarmDetail({ id }) {
  const [asked, setAsked] = useState(0);
  const live = alarms.value.get(id);
  const { why, history, problem } = useWhy(id, `${live?.version} ${live?.latest.state} ${asked}`);
  const alarm = live ?? why?.alarm;
  if (!alarm) return html`<div class="detail"><${Refusal} problem=${problem} /></div>`;
  return html`<div class="detail">
    <${Heading} alarm=${alarm} />
    <${Actions} alarm=${alarm} commented=${() => setAsked(asked + 1)} />
    <div class="detail-body">
      <${Panel} title=${term("thing", "why")} className="why"><${WhyFacts} occurrence=${why?.occurrence ?? alarm.latest} /></${Panel}>
      ${said(alarm.procedure) && html`<${Panel} title=${term("thing", "procedure")} className="procedure"><p>${said(alarm.procedure)}</p></${Panel}>`}
      <${SubjectChart} alarm=${alarm} />
      <${Panel} title=${say("why.compared")}><${Compared} why=${(why?.occurrence ?? alarm.latest).why} /></${Panel}>
      <${Panel} title=${say("alarm.standing")}><${Standing} alarm=${alarm} rule=${why?.rule} unchanged=${why?.rule_unchanged} /></${Panel}>
      ${history && html`<${Panel} title=${say("alarm.history")}><${History} changes=${history} /></${Panel}>`}
      ${why && html`<${Panel} title=${say("alarm.evidence")}><${Evidence} evidence=${why.evidence} /></${Panel}>`}
      <${Refusal} problem=${problem} />
    </div>
  </div>`;
}
