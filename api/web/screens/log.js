// The operators' log: what the control room writes down, newest first. Nothing written is changed.
import { html, useState } from "../view.js";
import { useKeys } from "../app/keys.js";
import { address } from "../app/router.js";
import { alarms, learnNames, logged, personName, siteId } from "../store/live.js";
import { usePages } from "../store/patience.js";
import { read } from "../store/requests.js";
import { Time } from "../format/time.js";
import { Chip } from "../parts/facts.js";
import { Unread } from "../parts/dialog.js";
import { Choices, Empty } from "../parts/list.js";
import { EntryForm, KINDS, MINUTE_MS } from "./log_form.js";
import { said, say, term } from "../words/words.js";

const PAGE = 100;

function useLog(kind) {
  return usePages(async (cursor) => {
    const page = await read("log", { site: siteId.value, kind, limit: PAGE, cursor });
    learnNames(page.items.map((entry) => entry.written_by));
    return page;
  }, [kind, siteId.value, logged.value]);
}

function Entry({ entry }) {
  const later = Date.parse(entry.written_at) - Date.parse(entry.at) >= MINUTE_MS;
  return html`<li><${Time} at=${entry.at} />
    <div><p><${Chip}>${term("log_kind", entry.kind)}</${Chip}> ${entry.caller && html`<b>${entry.caller}</b> `}<span class="quiet">${personName(entry.written_by)}${later && html` · ${say("log.written")} <${Time} at=${entry.written_at} />`}</span></p>
      <p class="log-text">${entry.text}</p>
      ${entry.alarms.length > 0 && html`<p>${entry.alarms.map((id) => html`<a key=${id} href=${address("alarms", id)}>${said(alarms.value.get(id)?.name) || id}</a> `)}</p>`}</div>
  </li>`;
}

export function Log() {
  const [kind, setKind] = useState(null);
  const [writing, setWriting] = useState(false);
  const [found, more] = useLog(kind);
  const write = () => setWriting(true);
  useKeys({ w: { say: "log.write", run: write } });
  const table = `/api/v1/log.csv?site=${encodeURIComponent(siteId.value)}`;
  return html`<section class="sheet" aria-label=${say("nav.log")}>
    <div class="tools"><button type="button" class="main" onClick=${write}>${say("log.write")} <kbd>w</kbd></button>
      <${Choices} label=${say("alarms.which")} value=${kind} change=${setKind} options=${[[null, say("list.all")], ...KINDS.map((one) => [one, term("log_kind", one)])]} />
      <a href=${table} download>${say("log.table")}</a></div>
    <${Unread} problem=${found.problem} />
    ${found.loaded && found.items.length === 0 && html`<${Empty} title=${say("log.none")} hint=${say("log.none_hint")} />`}
    ${found.items.length > 0 && html`<div class="table-box" tabindex="0" role="region" aria-label=${say("log.entries")}><ol class="log">${found.items.map((entry) => html`<${Entry} key=${entry.id} entry=${entry} />`)}</ol></div>`}
    ${found.next && html`<button type="button" class="load-more" onClick=${more}>${say("list.more")}</button>`}
    ${writing && html`<${EntryForm} close=${() => setWriting(false)} />`}
  </section>`;
}
