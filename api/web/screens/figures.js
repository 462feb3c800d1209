// Alarm figures after ISA-18.2: how much operators are asked, by what, how soon they answer; each with what it was counted from.
import { html, useEffect, useState } from "../view.js";
import { useKeys } from "../app/keys.js";
import { address, go } from "../app/router.js";
import { state, vigilNow } from "../store/connection.js";
import { alarms, siteId } from "../store/live.js";
import { read } from "../store/requests.js";
import { number } from "../format/number.js";
import { duration, Time } from "../format/time.js";
import { Panel } from "../parts/facts.js";
import { Refusal } from "../parts/dialog.js";
import { Choices, Empty } from "../parts/list.js";
import { Mark } from "../parts/mark.js";
import { said, say, term } from "../words/words.js";

const DAYS = [1, 7, 31];
const DAY_MS = 86_400_000;
const AT_A_TIME = 20;

const percent = (share) => `${number(100 * share)} %`;
const seconds = (value) => (value === null ? "–" : duration(value));
const counted = (key, target) => ({ key, target, value: (figures) => figures[key].count, ids: (figures) => figures[key].ids });

// `target` is what ISA-18.2 calls acceptable; `ids` what a figure was counted from.
const FIGURES = [
  counted("announced"),
  counted("suppressed"),
  { key: "incidents", value: (figures) => figures.incidents },
  { key: "per_operator", target: "≤ 1", value: (figures) => number(figures.per_operator), ids: (figures) => figures.announced.ids },
  { key: "most_per_operator", target: "≤ 10", value: (figures) => figures.most_per_operator, ids: (figures) => figures.announced.ids },
  { key: "floods", value: (figures) => figures.floods.length },
  { key: "flood_share", target: "< 1 %", value: (figures) => percent(figures.flood_share) },
  { key: "top_share", target: "< 5 %", value: (figures) => percent(figures.top_share) },
  counted("chattering", "0"),
  counted("stale", "< 5"),
  counted("shelved_too_long", "0"),
  { key: "mean_acknowledge", value: (figures) => seconds(figures.mean_acknowledge_seconds) },
  { key: "median_acknowledge", value: (figures) => seconds(figures.median_acknowledge_seconds) },
  counted("unacknowledged"),
  counted("false_or_nuisance"),
];
// What ISA-18.2 recommends for three priorities; critical alarms are the rarest.
const SHARES = { low: "≈ 80 %", medium: "≈ 15 %", high: "≈ 5 %", critical: "< 1 %" };

// The period ends at Vigil's now, which is known from its first word on.
function useFigures(days) {
  const [found, setFound] = useState({});
  const known = state.value !== "connecting";
  useEffect(() => {
    if (!known) return undefined;
    let gone = false;
    const end = vigilNow.peek();
    const period = { start: new Date(end - days * DAY_MS).toISOString(), end: new Date(end).toISOString() };
    read("alarm-figures", { site: siteId.value, ...period }).then(
      (figures) => !gone && setFound({ figures }),
      (problem) => !gone && setFound({ problem }),
    );
    return () => {
      gone = true;
    };
  }, [days, siteId.value, known]);
  return found;
}

// The alarms behind ids of occurrences or of alarms, a screenful at a time.
function useCounted(ids) {
  const [found, setFound] = useState({ items: [], wanted: AT_A_TIME });
  useEffect(() => {
    let gone = false;
    const asked = ids.slice(0, found.wanted);
    const one = (id) => read(id.startsWith("alarm-") ? `alarms/${id}` : `occurrences/${id}`).then((answer) =>
      answer.occurrence ? answer : { alarm: answer, occurrence: answer.latest });
    Promise.all(asked.map(one)).then(
      (items) => !gone && setFound((before) => ({ ...before, items })),
      (problem) => !gone && setFound((before) => ({ ...before, problem })),
    );
    return () => {
      gone = true;
    };
  }, [ids.join(), found.wanted]);
  return [found, () => setFound({ ...found, wanted: found.wanted + AT_A_TIME })];
}

function CountedFrom({ title, ids, count }) {
  const [found, more] = useCounted(ids);
  return html`<div class="detail"><header class="detail-head"><div><h2>${title}</h2>
      <p class="quiet">${say("figures.counted", { n: count })}${count > ids.length && ` ${say("figures.first", { n: ids.length })}`}</p></div></header>
    <div class="detail-body"><${Refusal} problem=${found.problem} />
      <ol class="members wide">${found.items.map(({ alarm, occurrence }) => html`<li key=${occurrence.id}><${Mark} priority=${occurrence.priority} hollow=${true} size=${18} />
        <span><a href=${address("alarms", alarm.id)}>${said(alarm.name)}</a> <span class="quiet"><${Time} at=${occurrence.raised_at} shape="moment" /> · ${term("occurrence_state", occurrence.state)}</span>
          <span class="quiet reason">${said(occurrence.why.seen)}</span></span></li>`)}</ol>
      ${found.wanted < ids.length && html`<button type="button" class="load-more wide" onClick=${more}>${say("list.more")}</button>`}</div></div>`;
}

function Row({ figure, figures, chosen }) {
  const words = say(`figures.${figure.key}`);
  const linked = figure.ids && figure.ids(figures).length > 0;
  return html`<tr class=${chosen ? "chosen" : ""}><th scope="row">${linked ? html`<a href=${address("figures", figure.key)}>${words}</a>` : words}</th>
    <td class="number">${figure.value(figures)}</td><td class="number quiet">${figure.target ?? ""}</td></tr>`;
}

function Shares({ figures }) {
  return html`<${Panel} title=${say("figures.by_priority")}><table><tbody>${figures.by_priority.map((share) => html`<tr key=${share.priority}>
    <th scope="row"><${Mark} priority=${share.priority} hollow=${true} size=${16} /> ${term("priority", share.priority)}</th>
    <td class="number">${share.occurrences}</td><td class="number">${percent(share.share)}</td><td class="number quiet">${SHARES[share.priority]}</td></tr>`)}</tbody></table></${Panel}>`;
}

// Of what no longer stands the name is not at hand; its rule and id stand for it.
const nameOf = (actor) => said(alarms.value.get(actor.alarm)?.name) || `${actor.rule} · ${actor.alarm}`;

function Top({ figures, chosen }) {
  if (figures.top.length === 0) return null;
  return html`<${Panel} title=${say("figures.top")}><table><tbody>${figures.top.map((actor) => html`<tr key=${actor.alarm} class=${chosen === actor.alarm ? "chosen" : ""}>
    <th scope="row"><a href=${address("figures", actor.alarm)}>${nameOf(actor)}</a></th>
    <td class="number">${actor.occurrences}</td><td class="number">${percent(actor.share)}</td></tr>`)}</tbody></table></${Panel}>`;
}

// A figure by its name, or one of the top alarms by its id.
function countedOf(figures, chosen) {
  const actor = figures.top.find((one) => one.alarm === chosen);
  if (actor) return { title: nameOf(actor), ids: actor.ids, count: actor.occurrences };
  const figure = FIGURES.find((one) => one.key === chosen);
  if (!figure?.ids) return null;
  const ids = figure.ids(figures);
  return { title: say(`figures.${figure.key}`), ids, count: figures[figure.key]?.count ?? figures.announced.count };
}

export function Figures({ thing }) {
  const [days, setDays] = useState(1);
  const { figures, problem } = useFigures(days);
  useKeys({ Escape: thing && { say: "keys.back", run: () => go("figures"), hidden: true } });
  const basis = figures && thing && countedOf(figures, thing);
  return html`<div class=${`split${thing ? " has-chosen" : ""}`}>
    <section class="split-list" aria-label=${say("nav.figures")}>
      <div class="tools"><${Choices} label=${say("figures.period")} value=${days} change=${setDays} options=${DAYS.map((n) => [n, n === 1 ? say("equipment.hours", { n: 24 }) : say("equipment.days", { n })])} /></div>
      <${Refusal} problem=${problem} />
      ${figures && html`<div class="table-box" tabindex="0" role="region" aria-label=${say("figures.table")}><table>
          <thead><tr><th scope="col">${say("figures.figure")}</th><th scope="col" class="number">${say("figures.value")}</th><th scope="col" class="number">${say("figures.target")}</th></tr></thead>
          <tbody>${FIGURES.map((figure) => html`<${Row} key=${figure.key} figure=${figure} figures=${figures} chosen=${thing === figure.key} />`)}</tbody></table>
        <${Shares} figures=${figures} /><${Top} figures=${figures} chosen=${thing} /></div>`}
    </section>
    <section class="split-detail" aria-label=${say("figures.basis")}>
      ${basis ? html`<${CountedFrom} key=${thing} ...${basis} />` : html`<${Empty} title=${say("figures.choose")} hint=${say("figures.choose_hint")} />`}
    </section>
  </div>`;
}
