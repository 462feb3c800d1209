// Devices: who speaks, who has fallen silent, whose clock is wrong, whose messages are missing.
import { html, useState } from "../view.js";
import { address } from "../app/router.js";
import { alarmsByPlace, unacked } from "../store/attention.js";
import { devices } from "../store/live.js";
import { Age, duration } from "../format/time.js";
import { Chip } from "../parts/facts.js";
import { Choices, Empty, Filter, matches } from "../parts/list.js";
import { Mark } from "../parts/mark.js";
import { said, say, term } from "../words/words.js";

const WRONG_CLOCK_SECONDS = 60;
const LOW_BATTERY = 20;

const skewSeconds = (device) => (device.clock_skew_us === null ? 0 : device.clock_skew_us / 1e6);
const stateOf = (device) => (device.online === null ? "unknown" : device.online ? "online" : "offline");

function troubles(device) {
  return [
    stateOf(device) !== "online",
    device.battery !== null && device.battery < LOW_BATTERY,
    Math.abs(skewSeconds(device)) > WRONG_CLOCK_SECONDS,
    device.missing > 0,
    device.tamper === true,
  ].filter(Boolean).length;
}

const VIEWS = {
  all: () => true,
  trouble: (device) => troubles(device) > 0,
  offline: (device) => stateOf(device) === "offline",
};

function order(a, b) {
  return (troubles(b) > 0) - (troubles(a) > 0) || said(a.name).localeCompare(said(b.name));
}

// The sign says the direction: a device behind Vigil's clock sends old times.
function Skew({ device }) {
  const seconds = skewSeconds(device);
  if (device.clock_skew_us === null) return html`<span class="none">–</span>`;
  const words = say(seconds >= 0 ? "devices.clock_behind" : "devices.clock_ahead", { by: duration(Math.abs(seconds)) });
  if (Math.abs(seconds) <= WRONG_CLOCK_SECONDS) return html`<span title=${words}>${Math.abs(seconds) < 1 ? say("devices.clock_right") : words}</span>`;
  return html`<${Chip} tone="warn">${words}</${Chip}>`;
}

function Row({ device, chosen }) {
  const state = stateOf(device);
  const alarm = alarmsByPlace.value.get(device.device)?.[0];
  return html`<tr class=${chosen ? "chosen" : ""}>
    <th scope="row"><span class="with-mark">${alarm && html`<a href=${address("alarms", alarm.id)} title=${said(alarm.name)}><${Mark} priority=${alarm.priority} hollow=${!unacked(alarm)} /></a>`}<span>${said(device.name)} <code class="quiet">${device.device}</code></span></span></th>
    <td>${term("device_kind", device.kind)}</td>
    <td><${Chip} tone=${state === "online" ? "plain" : state === "offline" ? "bad" : "warn"}>${say(`devices.${state}`)}</${Chip}></td>
    <td><${Age} at=${device.last_seen} /></td>
    <td>${device.battery === null ? html`<span class="none">–</span>` : html`<${Chip} tone=${device.battery < LOW_BATTERY ? "warn" : "plain"}>${Math.round(device.battery)} %</${Chip}>`}</td>
    <td><${Skew} device=${device} /></td>
    <td>${device.missing > 0 ? html`<${Chip} tone="warn">${device.missing}</${Chip}>` : "0"}</td>
    <td>${device.tamper ? html`<${Chip} tone="bad">${term("access_kind", "tamper")}</${Chip}>` : ""} ${device.reason && html`<span class="quiet">${device.reason}</span>`}</td>
  </tr>`;
}

export function Devices({ thing }) {
  const [view, setView] = useState("all");
  const [filter, setFilter] = useState("");
  const all = [...devices.value.values()];
  if (all.length === 0) return html`<${Empty} title=${say("devices.none")} hint=${say("devices.none_hint")} />`;
  const shown = all.filter((device) => VIEWS[view](device) && (!filter || matches(filter, [device.name.en, device.name.zh, device.device, term("device_kind", device.kind)]))).sort(order);
  return html`<div class="sheet">
    <div class="tools"><h2>${say("nav.devices")}</h2>
      <${Choices} label=${say("alarms.which")} value=${view} change=${setView} options=${Object.keys(VIEWS).map((one) => [one, say(one === "all" ? "list.all" : `devices.${one}`), all.filter(VIEWS[one]).length])} />
      <${Filter} value=${filter} change=${setFilter} /></div>
    <div class="table-box"><table><thead><tr><th>${term("thing", "device")}</th><th>${say("devices.kind")}</th><th>${say("head.state")}</th><th>${say("devices.last_seen")}</th><th>${say("devices.battery")}</th><th>${say("devices.clock")}</th><th>${say("devices.missing")}</th><th>${say("devices.remark")}</th></tr></thead>
      <tbody>${shown.map((device) => html`<${Row} key=${device.device} device=${device} chosen=${device.device === thing} />`)}</tbody></table>
      ${shown.length === 0 && html`<${Empty} title=${say("list.nothing_matches")} />`}</div>
  </div>`;
}
