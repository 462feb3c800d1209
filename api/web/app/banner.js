// Says, across the page, that what is shown is not the present, which is never hidden and never looks calm; and that there
// are more alarms than people can read. Nor does it hide that a part of it could not be read.
import { html } from "../view.js";
import { behindSeconds, stale, state, vigilNow } from "../store/connection.js";
import { flood } from "../store/live.js";
import { passes, unread } from "../store/patience.js";
import { duration, inSiteTime } from "../format/time.js";
import { say, term } from "../words/words.js";

export function Banner() {
  return html`<div role="status" class="banner-place">${stale.value && html`<${Words} />`}${!stale.value && unread.value.size > 0 && html`<${Missing} />`}${flood.value && html`<${Flood} />`}</div>`;
}

function Words() {
  const at = inSiteTime("clock", vigilNow.value);
  const why = say(`banner.${state.value}`, { behind: duration(behindSeconds.value) });
  return html`<div class="banner" data-state=${state.value}>
    <svg viewBox="0 0 24 24" width="20" height="20" aria-hidden="true"><path d="M12 2 23 21H1zM11 9v6h2V9zm0 7.500v2h2v-2z" fill-rule="evenodd" /></svg>
    <strong>${say("banner.as_of", { at })}</strong><span>${why}</span>
  </div>`;
}

function Missing() {
  return html`<div class="banner"><strong>${say("problem.unread")} ${[...unread.value.keys()].map((what) => say(what)).join(", ")}</strong>
    <span>${say("banner.unread")} ${[...unread.value.values()].some(passes) && say("problem.again")}</span></div>`;
}

function Flood() {
  const { began_at: began, alarms } = flood.value;
  return html`<div class="banner flood"><strong>${term("decision_kind", "flood")}</strong>
    <span>${say("banner.flood", { at: inSiteTime("clock", began), n: alarms })}</span></div>`;
}
