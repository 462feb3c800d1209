// Alarm figures after ISA-18.2: how much operators are asked, by what, how soon they answer; each with what it was counted from.
import { html, useState } from "../view.js";
import { useKeys } from "../app/keys.js";
import { address, go } from "../app/router.js";
import { state, vigilNow } from "../store/connection.js";
import { alarms, siteId } from "../store/live.js";
import { usePages, useReading } from "../store/patience.js";
import { read } from "../store/requests.js";
import { number } from "../format/number.js";
import { duration, Time } from "../format/time.js";
import { Panel } from "../parts/facts.js";
import { Unread } from "../parts/dialog.js";
import { Choices, Empty } from "../parts/list.js";
import { Mark } from "../parts/mark.js";
import { said, say, term } from "../words/words.js";

const DAYS = [1, 7, 31];
const DAY_MS = 86_400_000;
const AT_A_TIME = 20;

const percent = (share) => `${number(100 * share)} %`;
const seconds = (value) => (value === null ? "–" : duration(value));
// `of` names the count that a figure is made of: its basis is listed, as many as are counted.
const counted = (key, target) => ({ key, target, of: key, value: (figures) => figures[key].count });

// `target` is what ISA-18.2 calls acceptable.
const FIGURES = [
  counted("raised"),
  counted("announced"),
  counted("suppressed"),
  counted("incidents"),
  { key: "per_operator", target: "≤ 1", of: "announced", value: (figures) => number(figures.per_operator) },
  { key: "most_per_operator", target: "≤ 10", of: "worst_window", value: (figures) => figures.most_per_operator },
  { key: "floods", of: "floods", value: (figures) => figures.floods.length },
  { key: "flood_share", target: "< 1 %", of: "floods", value: (figures) => percent(figures.flood_share) },
  counted("in_floods"),
  { key: "top_share", target: "< 5 %", of: "top_ten", value: (figures) => percent(figures.top_share) },
  counted("chattering", "0"),
  counted("stale", "< 5"),
  counted("shelved_too_long", "0"),
  { key: "mean_acknowledge", of: "acknowledged", value: (figures) => seconds(figures.mean_acknowledge_seconds) },
  { key: "median_acknowledge", of: "acknowledged", value: (figures) => seconds(figures.median_acknowledge_seconds) },
  counted("unacknowledged"),
  counted("false_or_nuisance"),
];
// What ISA-18.2 recommends for three priorities; critical alarms are the rarest.
const SHARES = { low: "≈ 80 %", medium: "≈ 15 %", high: "≈ 5 %", critical: "< 1 %" };

// The period ends at Vigil's now, which is known from its first word on.
function useFigures(days) {
  const [found, setFound] = useState({});
  const known = state.value !== "connecting";
  const problem = useReading(async (gone) => {
    if (!known) return;
    const end = vigilNow.peek();
    const period = { start: new Date(end - days * DAY_MS).toISOString(), end: new Date(end).toISOString() };
    const figures = await read("alarm-figures", { site: siteId.value, ...period });
    if (!gone()) setFound({ figures });
  }, [days, siteId.value, known]);
  return { ...found, problem };
}

// Reads what an id names: an occurrence with its alarm, an alarm, or an incident.
const READING = {
  occurrences: (id) => read(`occurrences/${id}`),
  alarms: (id) => read(`alarms/${id}`).then((alarm) => ({ alarm, occurrence: alarm.latest })),
  incidents: (id) => read(`incidents/${id}`).then((incident) => ({ incident })),
};

// What a figure of a period was counted from, a screenful at a time.
function useCounted(of, alarm, period) {
  return usePages(async (cursor) => {
    const page = await read(`alarm-figures/${of}`, { site: siteId.value, ...period, alarm, limit: AT_A_TIME, cursor });
    return { items: await Promise.all(page.ids.map(READING[page.counts])), count: page.count, next: page.next };
  }, [of, alarm, period.start, period.end]);
}

function Counted({ alarm, occurrence, incident }) {
  if (incident) {
    return html`<li><${Mark} priority=${incident.priority} hollow=${true} size=${18} />
      <span><a href=${address("alarms", incident.id)}>${said(incident.title)}</a> <span class="quiet"><${Time} at=${incident.opened_at} shape="moment" /> · ${term("incident_state", incident.state)}</span></span></li>`;
  }
  return html`<li><${Mark} priority=${occurrence.priority} hollow=${true} size=${18} />
    <span><a href=${address("alarms", alarm.id)}>${said(alarm.name)}</a> <span class="quiet"><${Time} at=${occurrence.raised_at} shape="moment" /> · ${term("occurrence_state", occurrence.state)}</span>
      <span class="quiet reason">${said(occurrence.why.seen)}</span></span></li>`;
}

function Basis({ title, count, problem, children }) {
  return html`<div class="detail"><header class="detail-head"><div><h2>${title}</h2>
      <p class="quiet">${(count ?? null) !== null && say("figures.counted", { n: count })}</p></div></header>
    <div class="detail-body"><${Unread} problem=${problem} />${children}</div></div>`;
}

function CountedFrom({ title, of, alarm = null, period }) {
  const [found, more] = useCounted(of, alarm, period);
  return html`<${Basis} title=${title} count=${found.count} problem=${found.problem}>
    <ol class="members wide">${found.items.map((item) => html`<${Counted} key=${(item.occurrence ?? item.incident).id} ...${item} />`)}</ol>
    ${found.next && html`<button type="button" class="load-more wide" onClick=${more}>${say("list.more")}</button>`}
  </${Basis}>`;
}

function FloodList({ title, floods }) {
  return html`<${Basis} title=${title} count=${floods.length}><ol class="members wide">${floods.map((flood) => html`<li key=${flood.began_at}>
    <span><${Time} at=${flood.began_at} /> – ${flood.ended_at ? html`<${Time} at=${flood.ended_at} />` : say("figures.flood_on")}
      <span class="quiet"> ${say("figures.flood_alarms", { n: flood.alarms, peak: flood.peak })}</span></span></li>`)}</ol></${Basis}>`;
}

const countOf = (figures, of) => (of === "floods" ? figures.floods.length : figures[of].count);

function Row({ figure, figures, chosen }) {
  const words = say(`figures.${figure.key}`);
  const linked = countOf(figures, figure.of) > 0;
  return html`<tr class=${chosen ? "chosen" : ""}><th scope="row">${linked ? html`<a href=${address("figures", figure.key)}>${words}</a>` : words}</th>
    <td class="number">${figure.value(figures)}</td><td class="number quiet">${figure.target ?? ""}</td></tr>`;
}

function Shares({ figures, chosen }) {
  return html`<${Panel} title=${say("figures.by_priority")}><table><tbody>${figures.by_priority.map(({ priority, occurrences, share }) => html`<tr key=${priority} class=${chosen === priority ? "chosen" : ""}>
    <th scope="row"><${Mark} priority=${priority} hollow=${true} size=${16} /> ${occurrences.count > 0 ? html`<a href=${address("figures", priority)}>${term("priority", priority)}</a>` : term("priority", priority)}</th>
    <td class="number">${occurrences.count}</td><td class="number">${percent(share)}</td><td class="number quiet">${SHARES[priority]}</td></tr>`)}</tbody></table></${Panel}>`;
}

// Of what no longer stands the name is not at hand; its rule and id stand for it.
const nameOf = (actor) => said(alarms.value.get(actor.alarm)?.name) || `${actor.rule} · ${actor.alarm}`;

function Top({ figures, chosen }) {
  if (figures.top.length === 0) return null;
  return html`<${Panel} title=${say("figures.top")}><table><tbody>${figures.top.map((actor) => html`<tr key=${actor.alarm} class=${chosen === actor.alarm ? "chosen" : ""}>
    <th scope="row"><a href=${address("figures", actor.alarm)}>${nameOf(actor)}</a></th>
    <td class="number">${actor.occurrences}</td><td class="number">${percent(actor.share)}</td></tr>`)}</tbody></table></${Panel}>`;
}

// What a figure by its name, a priority, or one of the top alarms by its id was counted from.
function basisOf(figures, chosen) {
  const period = { start: figures.start, end: figures.end };
  const actor = figures.top.find((one) => one.alarm === chosen);
  if (actor) return html`<${CountedFrom} key=${chosen} title=${nameOf(actor)} of="announced" alarm=${actor.alarm} period=${period} />`;
  if (SHARES[chosen]) return html`<${CountedFrom} key=${chosen} title=${term("priority", chosen)} of=${chosen} period=${period} />`;
  const figure = FIGURES.find((one) => one.key === chosen);
  if (!figure) return null;
  const title = say(`figures.${figure.key}`);
  if (figure.of === "floods") return html`<${FloodList} title=${title} floods=${figures.floods} />`;
  return html`<${CountedFrom} key=${chosen} title=${title} of=${figure.of} period=${period} />`;
}

export function Figures({ thing }) {
  const [days, setDays] = useState(1);
  const { figures, problem } = useFigures(days);
  useKeys({ Escape: thing && { say: "keys.back", run: () => go("figures"), hidden: true } });
  const basis = figures && thing && basisOf(figures, thing);
  return html`<div class=${`split${thing ? " has-chosen" : ""}`}>
    <section class="split-list" aria-label=${say("nav.figures")}>
      <div class="tools"><${Choices} label=${say("figures.period")} value=${days} change=${setDays} options=${DAYS.map((n) => [n, n === 1 ? say("equipment.hours", { n: 24 }) : say("equipment.days", { n })])} /></div>
      <${Unread} problem=${problem} />
      ${figures && html`<div class="table-box" tabindex="0" role="region" aria-label=${say("figures.table")}><table>
          <thead><tr><th scope="col">${say("figures.figure")}</th><th scope="col" class="number">${say("figures.value")}</th><th scope="col" class="number">${say("figures.target")}</th></tr></thead>
          <tbody>${FIGURES.map((figure) => html`<${Row} key=${figure.key} figure=${figure} figures=${figures} chosen=${thing === figure.key} />`)}</tbody></table>
        <${Shares} figures=${figures} chosen=${thing} /><${Top} figures=${figures} chosen=${thing} /></div>`}
    </section>
    <section class="split-detail" aria-label=${say("figures.basis")}>
      ${basis || html`<${Empty} title=${say("figures.choose")} hint=${say("figures.choose_hint")} />`}
    </section>
  </div>`;
}
