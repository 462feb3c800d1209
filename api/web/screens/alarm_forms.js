// The forms of the commands on an alarm. The engine decides; what it refuses is shown with its reason.
import { html, useEffect, useState } from "../view.js";
import { learnNames, model, personName, takeAlarm } from "../store/live.js";
import { command, read, session } from "../store/requests.js";
import { CommandForm, Field } from "../parts/dialog.js";
import { said, say, term } from "../words/words.js";

const DISPOSITIONS = ["real", "false", "nuisance", "test", "drill", "unknown"];
const SHELF_HOURS = [0.5, 1, 2, 4, 8];

// `run(outcome)` sends the command that ends one occurrence or all of an incident.
export function DispositionForm({ title, name, close, run }) {
  const [disposition, setDisposition] = useState("real");
  const send = (form) => run({ disposition: form.get("disposition"), cause: form.get("cause") ?? "", comment: form.get("comment") ?? "" });
  return html`<${CommandForm} title=${title} submit=${say("alarm.close")} close=${close} run=${send}>
    <p class="quiet">${name}</p>
    <fieldset class="radios"><legend>${term("thing", "disposition")}</legend>
      ${DISPOSITIONS.map((one) => html`<label key=${one}><input type="radio" name="disposition" value=${one} checked=${one === disposition} onChange=${() => setDisposition(one)} />
        <span>${term("disposition", one)}</span></label>`)}
    </fieldset>
    ${disposition === "false" && html`<${Field} label=${say("alarm.false_cause")}><input name="cause" maxlength="2000" required /></${Field}>`}
    <${Field} label=${say("alarm.comment_optional")}><textarea name="comment" rows="3" maxlength="2000"></textarea></${Field}>
  </${CommandForm}>`;
}

export function CloseForm({ alarm, close }) {
  const run = async (outcome) => {
    await command(`occurrences/${alarm.latest.id}/close`, { ...outcome, expected_version: alarm.version });
    takeAlarm(await read(`alarms/${alarm.id}`));
  };
  return html`<${DispositionForm} title=${say("alarm.close_title")} name=${said(alarm.name)} close=${close} run=${run} />`;
}

export function CommentForm({ alarm, close }) {
  const run = async (form) => {
    const answer = await command(`alarms/${alarm.id}/comments`, { comment: form.get("comment") });
    if (answer.alarm) takeAlarm(answer.alarm);
  };
  return html`<${CommandForm} title=${say("alarm.comment_title")} submit=${say("alarm.comment")} close=${close} run=${run}>
    <p class="quiet">${said(alarm.name)}</p>
    <${Field} label=${term("thing", "comment")}><textarea name="comment" rows="4" maxlength="2000" required autofocus></textarea></${Field}>
  </${CommandForm}>`;
}

export function ShelveForm({ alarm, close }) {
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

// To oneself, to somebody of the site, or to nobody.
export function AssignForm({ alarm, close }) {
  const me = session.value.actor;
  const others = [...model.value.people.keys()].filter((id) => id !== me);
  useEffect(() => void learnNames(others), []);
  const run = async (form) => {
    const answer = await command(`alarms/${alarm.id}/assign`, { assignee: form.get("assignee") || null, expected_version: alarm.version });
    if (answer.alarm) takeAlarm(answer.alarm);
  };
  return html`<${CommandForm} title=${say("alarm.assign_title")} submit=${say("alarm.assign")} close=${close} run=${run}>
    <p class="quiet">${said(alarm.name)}</p>
    <${Field} label=${term("thing", "assignee")}><select name="assignee">
      <option value=${me} selected=${alarm.assignee === null || alarm.assignee === me}>${say("alarm.assign_me")}</option>
      ${others.map((id) => html`<option key=${id} value=${id} selected=${alarm.assignee === id}>${personName(id)}</option>`)}
      ${alarm.assignee !== null && html`<option value="">${say("alarm.assign_nobody")}</option>`}
    </select></${Field}>
  </${CommandForm}>`;
}

export function OutOfServiceForm({ alarm, close }) {
  const run = async (form) => {
    const answer = await command(`alarms/${alarm.id}/take-out-of-service`, { reason: form.get("reason"), expected_version: alarm.version });
    if (answer.alarm) takeAlarm(answer.alarm);
  };
  return html`<${CommandForm} title=${say("alarm.out_of_service_title")} submit=${say("alarm.take_out_of_service")} close=${close} run=${run}>
    <p class="quiet">${said(alarm.name)}</p>
    <p class="quiet">${say("alarm.out_of_service_hint")}</p>
    <${Field} label=${say("orders.reason")}><textarea name="reason" rows="3" maxlength="2000" required autofocus></textarea></${Field}>
  </${CommandForm}>`;
}
