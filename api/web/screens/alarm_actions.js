// What an operator can do about an alarm: take it on, give it to somebody, remark, put it aside, close it.
import { html, useState } from "../view.js";
import { useKeys } from "../app/keys.js";
import { unacked } from "../store/attention.js";
import { takeAlarm } from "../store/live.js";
import { command } from "../store/requests.js";
import { Refusal, useCommand } from "../parts/dialog.js";
import { AssignForm, CloseForm, CommentForm, OutOfServiceForm, ShelveForm } from "./alarm_forms.js";
import { EntryForm } from "./log_form.js";
import { say, term } from "../words/words.js";

const FORMS = { assign: AssignForm, close: CloseForm, comment: CommentForm, shelve: ShelveForm, out_of_service: OutOfServiceForm, log: EntryForm };

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
  const suppressible = alarm.category === "ordinary";
  const aside = suppressible ? "" : say("alarm.never_aside");
  const shelvable = suppressible && alarm.shelving === "unshelved";
  const Form = FORMS[form];
  const assign = () => setForm("assign");
  const comment = () => setForm("comment");
  const closeIt = () => closable && setForm("close");
  const done = () => {
    setForm(null);
    commented();
  };
  useKeys({
    a: { say: "keys.acknowledge", run: acknowledge },
    g: { say: "keys.assign", run: assign },
    c: { say: "keys.comment", run: comment },
    x: { say: "keys.close_alarm", run: closeIt },
    s: { say: "keys.shelve", run: () => shelvable && setForm("shelve") },
  });
  const why_not = alarm.latest.state === "closed" ? "alarm.closed_already" : "alarm.close_later";
  return html`<div class="actions">
    <button type="button" class="main" disabled=${!open || busy} onClick=${acknowledge}>${say(open ? "alarm.acknowledge" : "alarm.acknowledged")} <kbd>a</kbd></button>
    <button type="button" onClick=${assign}>${say("alarm.assign")} <kbd>g</kbd></button>
    <button type="button" onClick=${comment}>${say("alarm.comment")} <kbd>c</kbd></button>
    <button type="button" onClick=${() => setForm("log")}>${say("alarm.log")}</button>
    <button type="button" disabled=${!closable} title=${closable ? "" : say(why_not)} onClick=${closeIt}>${say("alarm.close")} <kbd>x</kbd></button>
    ${alarm.shelving === "unshelved"
      ? html`<button type="button" disabled=${!shelvable} title=${aside} onClick=${() => setForm("shelve")}>${term("thing", "shelve")} <kbd>s</kbd></button>`
      : html`<button type="button" disabled=${busy} onClick=${plain("unshelve")}>${term("thing", "unshelve")}</button>`}
    ${alarm.service === "out_of_service"
      ? html`<button type="button" disabled=${busy} onClick=${plain("return-to-service")}>${say("alarm.return_to_service")}</button>`
      : html`<button type="button" disabled=${!suppressible} title=${aside} onClick=${() => setForm("out_of_service")}>${say("alarm.take_out_of_service")}</button>`}
    ${alarm.latch === "latched" && html`<button type="button" disabled=${busy} onClick=${plain("reset-latch")}>${say("alarm.reset_latch")}</button>`}
    ${!closable && html`<span class="quiet hint">${say(why_not)}</span>`}
    <${Refusal} problem=${problem} />
    ${Form && html`<${Form} alarm=${alarm} close=${done} />`}
  </div>`;
}
