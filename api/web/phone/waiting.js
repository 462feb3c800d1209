// What was made on this phone: what waits, what Vigil has, what it set aside and why; and who carries the phone.
import { html } from "../view.js";
import { said, say, term } from "../words/words.js";
import { checkpoints, chooseOfficer, clock, officer, officerName, refreshDay } from "./day.js";
import { observations, sendWaiting } from "./queue.js";

const SHOWN = 100;

function what({ kind, body }) {
  if (kind === "person") return term("signal_kind", body.signal);
  return `${said(checkpoints.value.get(body.checkpoint)?.name) || body.checkpoint} · ${term("scan_method", body.method)}`;
}

// A silent call must not show, here either.
const shows = (one) => !one.body.silent;

export function Waiting() {
  const rows = observations.value.filter(shows).slice(-SHOWN).reverse();
  const send = () => {
    sendWaiting();
    refreshDay();
  };
  return html`<h1>${say("phone.made_here")}</h1>
    ${rows.length === 0 && html`<p class="pad">${say("phone.nothing_made")}</p>`}
    <ul class="made">${rows.map((one) => html`<li key=${one.seq} class=${`made-${one.state}`}>
      <b>${clock(one.body.at)}</b><span>${what(one)}${one.detail && html`<span class="quiet">${one.detail}</span>`}</span>
      <span class="chip">${say(`phone.state_${one.state}`)}</span></li>`)}</ul>
    <button type="button" class="wide" onClick=${send}>${say("phone.send_now")}</button>
    <button type="button" class="wide" onClick=${() => chooseOfficer(null)}>${say("phone.change_officer", { name: officerName(officer.value) })}</button>
    <p class="quiet pad">${say("phone.about")}</p>`;
}
