// The officer's phone page: who it is, then today's tours; what is made here is stored first and sent when it can be.
import { effect, html, render } from "../view.js";
import { showChoices } from "../store/choices.js";
import { say } from "../words/words.js";
import { place } from "../app/router.js";
import { keepForGood } from "./database.js";
import { day, keepReading, loadDay, officer, refreshDay } from "./day.js";
import { Frame } from "./frame.js";
import { draft, loadDraft } from "./proof.js";
import { forgetOld, keepSending, loadQueue, observations } from "./queue.js";
import { Officers } from "./officers.js";
import { Inspection } from "./inspection.js";
import { Run, Tours } from "./tours.js";
import { Scan } from "./scan.js";
import { Waiting } from "./waiting.js";
import { SignIn } from "./sign_in.js";
import { findToken, token } from "./vigil.js";

const SCREENS = { run: Run, scan: Scan, waiting: Waiting };

function Page() {
  if (token.value === null) return html`<main class="alone"><h1>Vigil</h1></main>`;
  if (token.value === false) return html`<${SignIn} />`;
  if (!day.value) return html`<${SignIn} reading />`;
  if (!officer.value) return html`<${Officers} />`;
  const Screen = draft.value ? Inspection : (SCREENS[place.value.screen] ?? Tours);
  return html`<${Frame}><${Screen} thing=${place.value.thing} /></${Frame}>`;
}

function refreshWhenReceived() {
  let before = 0;
  effect(() => {
    const received = observations.value.filter((one) => one.state === "received").length;
    if (received > before) refreshDay();
    before = received;
  });
}

async function begin() {
  await findToken();
  await Promise.all([loadDay(), loadQueue(), loadDraft()]);
  await forgetOld();
  keepForGood();
  keepSending();
  keepReading();
  refreshWhenReceived();
}

showChoices();
effect(() => {
  document.title = say("phone.title");
});
render(html`<${Page} />`, document.getElementById("vigil"));
begin();
// Only where the browser trusts the connection (HTTPS, or this machine); without it the page needs a connection to open.
navigator.serviceWorker?.register("/phone/worker.js").catch(() => {});
