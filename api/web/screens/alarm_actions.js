// What an operator can do about an alarm: take it on, remark, put it aside, close it. The engine decides; what it refuses is
// shown with its reason.
import { html, useState } from "../view.js";
import { useKeys } from "../app/keys.js";
import { unacked } from "../store/attention.js";
import { takeAlarm } from "../store/live.js";
import { command, read } from "../store/requests.js";
import { CommandForm, Field, Refusal, useCommand } from "../parts/dialog.js";
import { said, say, term } from "../words/words.js";

const DISPOSITIONS = ["real", "false", "nuisance", "test", "drill", "unknown"];
const SHELF_HOURS = [0.5, 1, 2, 4, 8];

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

function ShelveForm({ alarm, close }) {
  const run = async (form) => {
    const answer = await command(`alarms/${alarm.id}/shelve`, {
      seconds: Number(form.get("hours")) * 3600, reason: form.get("reason"), once: form.get("once") === "on", expected_version: alarm.version,
    });
    if (answer.alarm) takeAlarm(answer.alarm);
  };
  return html`<${CommandForm} title=${say("alarm.shelve_title")} submit=${term("thing", "shelve")} close=${close} run=${run}>
    <p class="quiet">${said(alarm.name)}</p>
    <${Field} label=${say("alarm.shelve_for")}><select name="hours">${SHELF_HOURS.map((hours) => html`<option key=${hours} value=${hours} selected=${hours === 1}>${say("equipment.hours", { n: hours })}</option>`)}</select></${Field}>
    <label class="tick"><input type="checkbox" name="once" /> ${say("alarm.shelve_once")}</label>
    <${Field} label=${say("orders.reason")}><textarea name="reason" rows="3" maxlength="2000" required></textarea></${Field}>
  </${CommandForm}>`;
}

export function AlarmActions({ alarm, commented }) {
  const [form, setForm] = useState(null);
  const [send, busy, problem] = useCommand();
  const open = unacked(alarm);
  const closable = alarm.latest.state === "cleared";
  const acknowledge = () => open && send(async () => {
    const answer = await command(`alarms/${alarm.id}/acknowledge`, { expected_version: alarm.version });
    if (answer.alarm) takeAlarm(answer.alarm);
  });
  const plain = (path) => () => send(async () => {
    const answer = await command(`alarms/${alarm.id}/${path}`, { expected_version: alarm.version });
    if (answer.alarm) takeAlarm(answer.alarm);
  });
  const shelvable = alarm.shelving === "unshelved";
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
    s: { say: "keys.shelve", run: () => shelvable && setForm("shelve") },
  });
  const why_not = alarm.latest.state === "closed" ? "alarm.closed_already" : "alarm.close_later";
  return html`<div class="actions">
    <button type="button" class="main" disabled=${!open || busy} onClick=${acknowledge}>${say(open ? "alarm.acknowledge" : "alarm.acknowledged")} <kbd>a</kbd></button>
    <button type="button" onClick=${comment}>${say("alarm.comment")} <kbd>c</kbd></button>
    <button type="button" disabled=${!closable} title=${closable ? "" : say(why_not)} onClick=${closeIt}>${say("alarm.close")} <kbd>x</kbd></button>
    ${shelvable
      ? html`<button type="button" onClick=${() => setForm("shelve")}>${term("thing", "shelve")} <kbd>s</kbd></button>`
      : html`<button type="button" disabled=${busy} onClick=${plain("unshelve")}>${term("thing", "unshelve")}</button>`}
    ${alarm.service === "out_of_service" && html`<button type="button" disabled=${busy} onClick=${plain("return-to-service")}>${say("alarm.return_to_service")}</button>`}
    ${alarm.latch === "latched" && html`<button type="button" disabled=${busy} onClick=${plain("reset-latch")}>${say("alarm.reset_latch")}</button>`}
    ${!closable && html`<span class="quiet hint">${say(why_not)}</span>`}
    <${Refusal} problem=${problem} />
    ${form === "comment" && html`<${CommentForm} alarm=${alarm} close=${done} />`}
    ${form === "close" && html`<${CloseForm} alarm=${alarm} close=${done} />`}
    ${form === "shelve" && html`<${ShelveForm} alarm=${alarm} close=${done} />`}
  </div>`;
}
