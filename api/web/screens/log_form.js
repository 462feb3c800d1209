// The form of an entry in the operators' log; from an alarm, that alarm is linked.
import { html, useState } from "../view.js";
import { vigilNow } from "../store/connection.js";
import { siteId } from "../store/live.js";
import { command } from "../store/requests.js";
import { CommandForm, Field } from "../parts/dialog.js";
import { said, say, term } from "../words/words.js";

export const KINDS = ["note", "room_log", "call", "handover"];
export const MINUTE_MS = 60_000;

export function EntryForm({ close, alarm = null }) {
  const [kind, setKind] = useState("note");
  const run = (form) => {
    const ago = Number(form.get("ago")) * MINUTE_MS;
    const at = ago > 0 ? new Date(vigilNow.peek() - ago).toISOString() : null;
    return command("log", { site: siteId.value, kind, text: form.get("text"), caller: form.get("caller") ?? "", at, alarms: alarm ? [alarm.id] : [] });
  };
  return html`<${CommandForm} title=${say("log.write_title")} submit=${say("log.write")} close=${close} run=${run}>
    ${alarm && html`<p class="quiet">${said(alarm.name)}</p>`}
    <fieldset class="radios"><legend>${say("log.kind")}</legend>
      ${KINDS.map((one) => html`<label key=${one}><input type="radio" name="kind" value=${one} checked=${one === kind} onChange=${() => setKind(one)} /><span>${term("log_kind", one)}</span></label>`)}
    </fieldset>
    ${kind === "call" && html`<${Field} label=${say("log.caller")}><input name="caller" maxlength="2000" /></${Field}>`}
    <${Field} label=${say("log.text")}><textarea name="text" rows="4" maxlength="2000" required autofocus></textarea></${Field}>
    <${Field} label=${say("log.ago")}><input name="ago" type="number" min="0" max="1440" value="0" /></${Field}>
  </${CommandForm}>`;
}
