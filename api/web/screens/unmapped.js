// Devices of other makers that nobody has mapped: what they send, and the mapping to start from.
import { html, useEffect, useState } from "../view.js";
import { useReading } from "../store/patience.js";
import { read } from "../store/requests.js";
import { Age, Time } from "../format/time.js";
import { Chip, Facts, Panel } from "../parts/facts.js";
import { Unread } from "../parts/dialog.js";
import { Empty, List } from "../parts/list.js";
import { say } from "../words/words.js";

const REFRESH_MS = 10000;

export const keyOf = (item) => [item.format, item.topic, item.name].join(" ");

export function useUnmapped() {
  const [found, setFound] = useState({ items: [], loaded: false });
  const [asked, setAsked] = useState(0);
  useEffect(() => {
    const timer = setInterval(() => document.visibilityState === "visible" && setAsked((before) => before + 1), REFRESH_MS);
    return () => clearInterval(timer);
  }, []);
  const problem = useReading(async (gone) => {
    const { items } = await read("unmapped");
    if (!gone()) setFound({ items, loaded: true });
  }, [asked]);
  return { ...found, problem };
}

function Row({ item }) {
  return html`<span class="row-words"><b>${item.name}</b><span class="quiet mono">${item.last_topic}</span></span>
    <span class="row-state"><span>${item.format}</span><span class="quiet">${say("unmapped.messages", { n: item.messages })}</span></span>
    <span class="row-age"><${Age} at=${item.last_seen} /></span>`;
}

export function UnmappedList({ found, chosen, choose }) {
  if (found.problem) return html`<${Unread} problem=${found.problem} />`;
  if (found.items.length === 0) return found.loaded && html`<${Empty} title=${say("unmapped.none")} hint=${say("unmapped.none_hint")} />`;
  return html`<${List} name="unmapped" label=${say("unmapped.title")} items=${found.items} keyOf=${keyOf} rowHeight=${54}
    chosen=${chosen} choose=${choose} row=${(item) => html`<${Row} item=${item} />`} />`;
}

const sampleOf = (value) => (value.sample === null ? "–" : String(value.sample));

export function UnmappedDetail({ item }) {
  return html`<div class="detail">
    <header class="detail-head"><div><h2>${item.name}</h2><p class="quiet"><${Chip}>${item.format}</${Chip}> <span class="mono">${item.topic}</span></p></div></header>
    <div class="detail-body">
      <${Panel} title=${say("unmapped.sends")}><${Facts} pairs=${item.values.map((value) => [value.name, html`<code>${sampleOf(value)}</code> <span class="quiet">× ${value.count}</span>`])} /></${Panel}>
      <${Panel} title=${say("unmapped.seen")}><${Facts} pairs=${[
        [say("unmapped.first_seen"), html`<${Time} at=${item.first_seen} />`],
        [say("devices.last_seen"), html`<${Time} at=${item.last_seen} />`],
        [say("quarantine.topic"), html`<code>${item.last_topic}</code>`],
        [say("unmapped.count"), item.messages],
        [say("unmapped.remark"), item.mapped && say("unmapped.tags")],
      ]} /></${Panel}>
      <${Panel} title=${say("unmapped.proposal")} className="wide"><pre class="payload" tabindex="0" aria-label=${say("unmapped.proposal")}>${item.proposal}</pre></${Panel}>
      <p class="quiet pad">${say("unmapped.proposal_hint")}</p>
    </div>
  </div>`;
}
