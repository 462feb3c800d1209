// Modes: what is worked on or tested, by whom, why and until when, and the alarms that are suppressed there meanwhile.
import { html, useState } from "../view.js";
import { useKeys } from "../app/keys.js";
import { address } from "../app/router.js";
import { alarms, learnNames, model, modes, personName, siteId, takeMode } from "../store/live.js";
import { useReading } from "../store/patience.js";
import { command, read } from "../store/requests.js";
import { Time } from "../format/time.js";
import { Chip } from "../parts/facts.js";
import { CommandForm, Field, Unread } from "../parts/dialog.js";
import { Choices, Empty } from "../parts/list.js";
import { said, say, term } from "../words/words.js";

const KINDS = ["maintenance", "testing", "out_of_service"];
const HOURS = [1, 2, 4, 8, 24, 72, 168];
const PAGE = 100;
const NONE = { in_force: "modes.none_in_force", over: "modes.none_over" };
const DEPENDED_ON = new Set(["equipment", "device"]);

// Place kind -> what of the site can be in a mode, by id.
const thingsOf = (place) => ({
  site: new Map([[model.value.id, model.value]]), zone: model.value.zones, equipment: model.value.equipment, point: model.value.points,
  door: model.value.doors, device: model.value.devices, checkpoint: model.value.checkpoints,
})[place];
const PLACES = ["equipment", "zone", "door", "device", "point", "checkpoint", "site"];

export const placeName = (mode) => said(thingsOf(mode.place)?.get(mode.thing)?.name) || mode.thing;

const Hours = () => html`<${Field} label=${say("alarm.shelve_for")}><select name="hours">
  ${HOURS.map((hours) => html`<option key=${hours} value=${hours} selected=${hours === 4}>${say("equipment.hours", { n: hours })}</option>`)}</select></${Field}>`;

const Reason = () => html`<${Field} label=${say("orders.reason")}><textarea name="reason" rows="3" maxlength="2000" required></textarea></${Field}>`;

function BeginForm({ close }) {
  const [place, setPlace] = useState(PLACES.find((one) => thingsOf(one).size > 0));
  const run = async (form) => {
    const answer = await command("modes", {
      site: siteId.value, place, thing: form.get("thing"), kind: form.get("kind"), seconds: Number(form.get("hours")) * 3600,
      reason: form.get("reason"), with_dependents: form.get("dependents") === "on",
    });
    if (answer.mode) takeMode(answer.mode);
  };
  return html`<${CommandForm} title=${say("modes.begin_title")} submit=${say("modes.begin")} close=${close} run=${run}>
    <fieldset class="radios"><legend>${term("thing", "mode")}</legend>
      ${KINDS.map((one, index) => html`<label key=${one}><input type="radio" name="kind" value=${one} checked=${index === 0} /><span>${term("mode_kind", one)}</span></label>`)}
    </fieldset>
    <${Field} label=${say("modes.place")}><select value=${place} onChange=${(event) => setPlace(event.currentTarget.value)}>
      ${PLACES.filter((one) => thingsOf(one).size > 0).map((one) => html`<option key=${one} value=${one}>${term("mode_place", one)}</option>`)}</select></${Field}>
    <${Field} label=${say("modes.thing")}><select name="thing" key=${place}>
      ${[...thingsOf(place).values()].map((one) => html`<option key=${one.id} value=${one.id}>${said(one.name)}</option>`)}</select></${Field}>
    ${DEPENDED_ON.has(place) && html`<label class="tick"><input type="checkbox" name="dependents" /> ${say("modes.dependents")}</label>`}
    <${Hours} /><${Reason} />
    <p class="quiet">${say("modes.safety_hint")}</p>
  </${CommandForm}>`;
}

function ExtendForm({ mode, close }) {
  const run = async (form) => {
    const seconds = Number(form.get("hours")) * 3600;
    const answer = await command(`modes/${mode.id}/extend`, { seconds, reason: form.get("reason"), expected_version: mode.version });
    if (answer.mode) takeMode(answer.mode);
  };
  return html`<${CommandForm} title=${say("modes.extend_title")} submit=${say("modes.extend")} close=${close} run=${run}>
    <p class="quiet">${placeName(mode)}</p><${Hours} /><${Reason} />
  </${CommandForm}>`;
}

function EndForm({ mode, close }) {
  const run = async (form) => {
    const answer = await command(`modes/${mode.id}/end`, { comment: form.get("comment"), expected_version: mode.version });
    if (answer.mode) takeMode(answer.mode);
  };
  return html`<${CommandForm} title=${say("modes.end_title")} submit=${say("modes.end")} close=${close} run=${run}>
    <p class="quiet">${placeName(mode)}</p><p class="quiet">${say("modes.end_hint")}</p>
    <${Field} label=${say("alarm.comment_optional")}><textarea name="comment" rows="3" maxlength="2000"></textarea></${Field}>
  </${CommandForm}>`;
}

// How many alarms a mode in force suppresses, and which; the picture holds them all.
function Suppressed({ mode }) {
  const list = [...alarms.value.values()].filter((alarm) => alarm.inhibited_mode === mode.id);
  if (list.length === 0) return html`<p class="quiet">${say("modes.suppresses_none")}</p>`;
  return html`<details><summary>${say("modes.suppresses", { n: list.length })}</summary>
    <ul>${list.map((alarm) => html`<li key=${alarm.id}><a href=${address("alarms", alarm.id)}>${said(alarm.name)}</a></li>`)}</ul></details>`;
}

function Entry({ mode, ask }) {
  const over = mode.state === "over";
  return html`<li><${Time} at=${mode.begun_at} />
    <div><p><${Chip} tone=${over ? "plain" : "warn"}>${term("mode_kind", mode.kind)}</${Chip}> <b>${placeName(mode)}</b>
        <span class="quiet"> ${term("mode_place", mode.place)} · ${personName(mode.begun_by)} · ${over
          ? html`${term("mode_state", "over")} <${Time} at=${mode.ended_at} />${mode.ended_by && ` · ${personName(mode.ended_by)}`}`
          : html`${say("alarm.until")} <${Time} at=${mode.until} />`}${mode.with_dependents && ` · ${say("modes.dependents")}`}</span></p>
      <p class="log-text">${mode.reason}</p>
      ${!over && html`<${Suppressed} mode=${mode} />
        <div class="actions"><button type="button" onClick=${() => ask(["extend", mode])}>${say("modes.extend")}</button>
          <button type="button" onClick=${() => ask(["end", mode])}>${say("modes.end")}</button></div>`}</div>
  </li>`;
}

function useOver(wanted) {
  const [found, setFound] = useState({ items: [], loaded: false });
  const problem = useReading(async (gone) => {
    if (!wanted) return;
    const page = await read("modes", { site: siteId.value, state: "over", limit: PAGE });
    if (gone()) return;
    setFound({ items: page.items.map((item) => item.mode), loaded: true });
    learnNames(page.items.flatMap(({ mode }) => [mode.begun_by, mode.ended_by]).filter(Boolean));
  }, [wanted, siteId.value, modes.value]);
  return { ...found, problem };
}

export function Modes() {
  const [view, setView] = useState("in_force");
  const [form, setForm] = useState(null);
  const over = useOver(view === "over");
  const inForce = [...modes.value.values()].sort((a, b) => (a.until < b.until ? -1 : 1));
  const begin = () => setForm(["begin"]);
  const close = () => setForm(null);
  const list = view === "over" ? over.items : inForce;
  useKeys({ w: { say: "modes.begin", run: begin } });
  return html`<section class="sheet" aria-label=${say("nav.modes")}>
    <div class="tools"><button type="button" class="main" onClick=${begin}>${say("modes.begin")} <kbd>w</kbd></button>
      <${Choices} label=${say("alarms.which")} value=${view} change=${setView} options=${[["in_force", term("mode_state", "in_force"), inForce.length], ["over", term("mode_state", "over")]]} /></div>
    <${Unread} problem=${view === "over" ? over.problem : null} />
    ${list.length === 0
      ? (view !== "over" || over.loaded) && html`<${Empty} title=${say(NONE[view])} hint=${say("modes.none_hint")} />`
      : html`<div class="table-box" tabindex="0" role="region" aria-label=${say("nav.modes")}><ol class="log">${list.map((mode) => html`<${Entry} key=${mode.id} mode=${mode} ask=${setForm} />`)}</ol></div>`}
    ${form?.[0] === "begin" && html`<${BeginForm} close=${close} />`}
    ${form?.[0] === "extend" && html`<${ExtendForm} mode=${form[1]} close=${close} />`}
    ${form?.[0] === "end" && html`<${EndForm} mode=${form[1]} close=${close} />`}
  </section>`;
}
