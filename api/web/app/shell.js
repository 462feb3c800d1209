// The frame around every screen: where one can go, how the site stands in one line, and whether that is the present.
import { html, useState } from "../view.js";
import { Banner } from "./banner.js";
import { LanguageButton, ThemeButton } from "./choices.js";
import { Help } from "./help.js";
import { useKeys } from "./keys.js";
import { address, go, place } from "./router.js";
import { keyOf, SCREENS, screenOf } from "./screens.js";
import { switchLanguage, switchTheme } from "../store/choices.js";
import { counts, PRIORITIES } from "../store/attention.js";
import { stale, vigilNow } from "../store/connection.js";
import { loadSitePatiently, model, siteId, sites } from "../store/live.js";
import { signOut } from "../store/requests.js";
import { inSiteTime, utc } from "../format/time.js";
import { Refusal, useCommand } from "../parts/dialog.js";
import { Mark } from "../parts/mark.js";
import { said, say, term } from "../words/words.js";

function Navigation() {
  return html`<nav aria-label=${say("nav.label")}>
    ${SCREENS.map(({ id, word, icon, badge }, index) => {
      const number = badge?.() ?? 0;
      return html`<a key=${id} href=${address(id)} aria-current=${place.value.screen === id ? "page" : undefined}
        title=${keyOf(index) ? `${say(word)} (${keyOf(index)})` : say(word)}>
        <svg viewBox="0 0 24 24" aria-hidden="true"><path d=${icon} /></svg>
        <span class="nav-word">${say(word)}</span>
        ${number > 0 && html`<span class="badge">${number > 999 ? "999+" : number}</span>`}
      </a>`;
    })}
  </nav>`;
}

function SiteName() {
  if (sites.value.length < 2) return html`<h1 class="site-name">${said(model.value.name)}</h1>`;
  const change = (event) => {
    const chosen = event.currentTarget.value;
    // Until its picture is there the page shows that of the other site, and says so.
    event.currentTarget.value = siteId.value;
    loadSitePatiently(chosen);
  };
  return html`<select class="site-name" aria-label=${term("thing", "site")} value=${siteId.value} onChange=${change}>
    ${sites.value.map((site) => html`<option key=${site.id} value=${site.id}>${said(site.name)}</option>`)}
  </select>`;
}

// Unacknowledged of all, by priority: the one line that is always in sight.
function PriorityLine() {
  const { byPriority, unackedByPriority } = counts.value;
  return html`<div class="priority-line" role="group" aria-label=${say("shell.alarms")}>
    ${PRIORITIES.map((priority, index) => {
      const [all, open] = [byPriority[index], unackedByPriority[index]];
      const words = say("shell.priority", { priority: term("priority", priority), n: all, open });
      return html`<a key=${priority} href=${address("alarms")} class=${all === 0 ? "none" : open > 0 ? "open" : ""} title=${words} aria-label=${words}>
        <${Mark} priority=${priority} hollow=${open === 0} /><b>${open}</b><span>/${all}</span>
      </a>`;
    })}
  </div>`;
}

function Clock() {
  const at = new Date(vigilNow.value).toISOString();
  return html`<div class="clock" title=${`${utc(at)} · ${model.value.timezone}`}>
    <time datetime=${at}>${inSiteTime("clock", at)}</time>
    <span>${inSiteTime("day", at)}</span>
  </div>`;
}

function useShellKeys(openHelp) {
  const places = SCREENS.map(({ id, word }, index) => [keyOf(index), { say: word, run: () => go(id) }]).filter(([key]) => key);
  useKeys({
    ...Object.fromEntries(places),
    "?": { say: "keys.help", run: openHelp },
    t: { say: "keys.theme", run: switchTheme },
    l: { say: "keys.language", run: switchLanguage },
  });
}

export function Shell() {
  const [help, setHelp] = useState(false);
  const [send, , refused] = useCommand();
  useShellKeys(() => setHelp(true));
  const { screen, thing } = place.value;
  const { draw: Screen, word } = screenOf(screen);
  document.title = `${counts.value.unacked > 0 ? `(${counts.value.unacked}) ` : ""}${say(word)} · ${said(model.value.name)} · Vigil`;
  return html`<div class=${`shell${stale.value ? " stale" : ""}`}>
    <a class="skip" href="#screen" onClick=${(event) => {
      event.preventDefault();
      document.getElementById("screen").focus();
    }}>${say("shell.skip")}</a>
    <header class="top">
      <a class="brand" href=${address("overview")} aria-label="Vigil">Vigil</a>
      <${SiteName} />
      <${PriorityLine} />
      <span class="room"></span>
      <${Clock} />
      <${LanguageButton} />
      <${ThemeButton} />
      <button type="button" class="bare" aria-label=${say("keys.help")} title=${`${say("keys.help")} (?)`} onClick=${() => setHelp(true)}>?</button>
      <button type="button" class="bare quiet" onClick=${() => send(signOut)}>${say("shell.sign_out")}</button>
    </header>
    <${Navigation} />
    <div class="stage">
      <${Banner} />
      <${Refusal} problem=${refused} />
      <main id="screen" tabindex="-1"><${Screen} thing=${thing} /></main>
    </div>
    ${help && html`<${Help} close=${() => setHelp(false)} />`}
  </div>`;
}
