// Quarantine: messages that were not believed, why, and exactly what they were, shown as text and never more; and devices of
// other makers that nobody has mapped.
import { html, useEffect, useState } from "../view.js";
import { useKeys } from "../app/keys.js";
import { go, place } from "../app/router.js";
import { quarantined } from "../store/live.js";
import { usePages, useReading } from "../store/patience.js";
import { read } from "../store/requests.js";
import { Age, Time } from "../format/time.js";
import { Chip, Facts, Panel } from "../parts/facts.js";
import { Unread } from "../parts/dialog.js";
import { Choices, Empty, List } from "../parts/list.js";
import { keyOf, UnmappedDetail, UnmappedList, useUnmapped } from "./unmapped.js";
import { say, term } from "../words/words.js";

const PAGE = 200;

function useQuarantine(reason) {
  const [found, more] = usePages(async (cursor) => {
    const [page, counts] = await Promise.all([read("quarantine", { reason, limit: PAGE, cursor }), read("quarantine/counts")]);
    return { ...page, counts: counts.items };
  }, [reason, quarantined.value]);
  return [{ counts: [], ...found }, more];
}

const reasonWords = (reason) => reason.replaceAll("_", " ");

function Row({ item }) {
  return html`<span class="row-words"><b>${reasonWords(item.reason)}</b><span class="quiet mono">${item.topic}</span></span>
    <span class="row-state"><span>${item.device ?? "–"}</span><span class="quiet">${item.size} B</span></span>
    <span class="row-age"><${Age} at=${item.at} /></span>`;
}

function Detail({ seq }) {
  const [item, setItem] = useState(null);
  const problem = useReading(async (gone) => {
    const found = await read(`quarantine/${seq}`);
    if (!gone()) setItem(found);
  }, [seq]);
  if (!item) return html`<div class="detail"><${Unread} problem=${problem} /></div>`;
  return html`<div class="detail">
    <header class="detail-head"><div><h2>${reasonWords(item.reason)}</h2><p class="quiet">${item.detail}</p></div></header>
    <div class="detail-body">
      <${Panel} title=${say("quarantine.message")}><${Facts} pairs=${[
        [say("quarantine.topic"), html`<code>${item.topic}</code>`],
        [say("why.received"), html`<${Time} at=${item.received_at} />`],
        [say("quarantine.source"), item.source],
        [term("thing", "device"), item.device],
        [term("thing", "site"), item.site],
        [say("quarantine.size"), `${item.size} B${item.complete ? "" : ` · ${say("quarantine.incomplete")}`}`],
        [say("quarantine.record"), html`<code>#${item.seq}</code>`],
      ]} /></${Panel}>
      <${Panel} title=${say("quarantine.content")} className="wide"><pre class="payload" tabindex="0" aria-label=${say("quarantine.content")}>${item.payload_text}</pre></${Panel}>
      <p class="quiet pad">${say("quarantine.replay_hint")} <code>vigil quarantine replay</code></p>
    </div>
  </div>`;
}

function Messages({ thing, tabs }) {
  const [reason, setReason] = useState(null);
  const [found, more] = useQuarantine(reason);
  useKeys({ Escape: thing && { say: "keys.back", run: () => go("quarantine"), hidden: true } });
  useEffect(() => () => {
    quarantined.value = 0;
  }, []);
  return html`<div class=${`split${thing ? " has-chosen" : ""}`}>
    <section class="split-list" aria-label=${say("nav.quarantine")}>
      <div class="tools">${tabs}
        <select aria-label=${say("quarantine.reason")} value=${reason ?? ""} onChange=${(event) => setReason(event.currentTarget.value || null)}>
          <option value="">${say("quarantine.all_reasons")}</option>
          ${found.counts.map((one) => html`<option key=${one.reason} value=${one.reason}>${reasonWords(one.reason)} (${one.count})</option>`)}
        </select>
        ${found.counts.length > 0 && html`<${Chip}>${found.counts.reduce((sum, one) => sum + one.count, 0)}</${Chip}>`}</div>
      <${Unread} problem=${found.problem} />
      ${found.items.length === 0 ? found.loaded && html`<${Empty} title=${say("quarantine.none")} hint=${say("quarantine.none_hint")} />`
        : html`<${List} name="message" label=${say("nav.quarantine")} items=${found.items} keyOf=${(item) => String(item.seq)} rowHeight=${54} chosen=${thing}
          choose=${(seq) => go("quarantine", seq, { replace: place.value.thing !== null })} row=${(item) => html`<${Row} item=${item} />`} />`}
      ${found.next && html`<button type="button" class="load-more" onClick=${more}>${say("list.more")}</button>`}
    </section>
    <section class="split-detail" aria-label=${say("quarantine.message")}>
      ${thing ? html`<${Detail} key=${thing} seq=${thing} />` : html`<${Empty} title=${say("quarantine.choose")} hint=${say("quarantine.choose_hint")} />`}
    </section>
  </div>`;
}

function Unmapped({ tabs, found }) {
  const [chosen, choose] = useState(null);
  const item = found.items.find((one) => keyOf(one) === chosen);
  useKeys({ Escape: item && { say: "keys.back", run: () => choose(null), hidden: true } });
  return html`<div class=${`split${item ? " has-chosen" : ""}`}>
    <section class="split-list" aria-label=${say("unmapped.title")}>
      <div class="tools">${tabs}</div>
      <${UnmappedList} found=${found} chosen=${chosen} choose=${choose} />
    </section>
    <section class="split-detail" aria-label=${term("thing", "device")}>
      ${item ? html`<${UnmappedDetail} item=${item} />` : html`<${Empty} title=${say("unmapped.choose")} hint=${say("unmapped.choose_hint")} />`}
    </section>
  </div>`;
}

export function Quarantine({ thing }) {
  const [view, setView] = useState("messages");
  const found = useUnmapped();
  const tabs = html`<${Choices} label=${say("alarms.which")} value=${view} change=${setView}
    options=${[["messages", say("quarantine.messages")], ["unmapped", say("unmapped.title"), found.items.length]]} />`;
  return view === "messages" ? html`<${Messages} thing=${thing} tabs=${tabs} />` : html`<${Unmapped} tabs=${tabs} found=${found} />`;
}
