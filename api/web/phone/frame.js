// The frame of the phone page: where it stands with Vigil on top, what the thumb needs at the bottom.
import { html, useEffect, useState } from "../view.js";
import { address, go } from "../app/router.js";
import { LanguageButton, ThemeButton } from "../app/choices.js";
import { said, say } from "../words/words.js";
import { checkpoints, clock, clockOff, day, officer } from "./day.js";
import { Hold } from "./hold.js";
import { notice, tell } from "./proof.js";
import { position, watchPosition } from "./position.js";
import { aside, observe, waiting } from "./queue.js";
import { alarmSound } from "./sound.js";
import { reach } from "./vigil.js";

const NOTICE_MS = 6000;
const CLOCK_OFF_SECONDS = 120;

const signal = (kind, more = {}) => observe("person", { person: officer.value, signal: kind, ...more, ...position() });

function Status() {
  const words = {
    unknown: say("phone.connecting"),
    reached: say("phone.connected"),
    unreached: say("phone.offline", { at: day.value ? clock(day.value.at) : "–" }),
    refused: say("phone.refused"),
  }[reach.value];
  const left = waiting.value.length;
  return html`<div role="status"><a class=${`status status-${reach.value}`} href=${address("waiting")}>
    <span>${words}</span>
    <b>${left > 0 ? say("phone.waiting", { n: left }) : say("phone.all_received")}</b>
    ${aside.value.length > 0 && html`<b class="aside">${say("phone.aside", { n: aside.value.length })}</b>`}
  </a></div>`;
}

// Looks like a clock; held for two seconds it calls for help, and nothing shows.
function QuietClock() {
  const [at, setAt] = useState(Date.now());
  useEffect(() => {
    const timer = setInterval(() => setAt(Date.now()), 5000);
    return () => clearInterval(timer);
  }, []);
  return html`<${Hold} className="bare quiet-clock" label=${say("phone.quiet_clock", { at: clock(at) })} plain done=${() => signal("sos", { silent: true })}>${clock(at)}</${Hold}>`;
}

function Notice() {
  const shown = notice.value;
  useEffect(() => {
    if (!shown) return undefined;
    const timer = setTimeout(() => {
      notice.value = null;
    }, NOTICE_MS);
    return () => clearTimeout(timer);
  }, [shown]);
  const name = said(checkpoints.value.get(shown?.given.checkpoint)?.name) || shown?.given.checkpoint;
  const given = { ...shown?.given, at: clock(shown?.given.at), checkpoint: name };
  return html`<p class=${`phone-notice ${shown?.tone ?? ""}`} role="alert">${shown && say(shown.key, given)}</p>`;
}

// A loud call is heard and seen until the officer takes it back.
function Help({ over }) {
  useEffect(alarmSound, []);
  const left = waiting.value.some((one) => one.body.signal === "sos");
  const cancel = () => {
    signal("cancel");
    over();
  };
  return html`<div class="help-called" role="alert">
    <p><b>${say("phone.help_called")}</b> ${say(left ? "phone.help_waiting" : "phone.help_received")}</p>
    <${Hold} className="wide" label=${say("phone.help_cancel")} done=${cancel}>${say("phone.help_cancel")}</${Hold}>
  </div>`;
}

function Thumb({ call }) {
  const sos = () => {
    signal("sos", { silent: false });
    call();
  };
  const checkCall = async () => {
    const { body } = await signal("check_call");
    tell("phone.check_called", { at: body.at });
  };
  return html`<footer class="thumb">
    <${Hold} className="sos" label=${say("phone.sos_label")} done=${sos}>${say("phone.sos")}</${Hold}>
    <button type="button" class="main scan" onClick=${() => go("scan")}>${say("phone.scan")}</button>
    <button type="button" onClick=${checkCall}>${say("phone.check_call")}</button>
  </footer>`;
}

export function Frame({ children }) {
  const [called, setCalled] = useState(false);
  useEffect(watchPosition, []);
  return html`<div class="phone">
    <header><a href=${address("tours")} class="phone-site">${said(day.value.name)}</a>
      <span class="room"></span><${QuietClock} /><${LanguageButton} /><${ThemeButton} /></header>
    <${Status} />
    ${Math.abs(clockOff.value) > CLOCK_OFF_SECONDS && html`<p class="phone-warning">${say("phone.clock_off", { n: Math.round(Math.abs(clockOff.value) / 60) })}</p>`}
    ${called && html`<${Help} over=${() => setCalled(false)} />`}
    <main>${children}</main>
    <${Notice} />
    <${Thumb} call=${() => setCalled(true)} />
  </div>`;
}
