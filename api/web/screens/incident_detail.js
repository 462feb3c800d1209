// One incident: why these alarms are gathered, what stands for the others, and every one of them.
import { html, useRef, useState } from "../view.js";
import { address, go } from "../app/router.js";
import { incidents, model, takeIncident } from "../store/live.js";
import { usePages } from "../store/patience.js";
import { command, read } from "../store/requests.js";
import { groups } from "../store/grouping.js";
import { unacked } from "../store/attention.js";
import { Ago, Time } from "../format/time.js";
import { Chip, Facts, Panel } from "../parts/facts.js";
import { Unread } from "../parts/dialog.js";
import { Mark } from "../parts/mark.js";
import { DispositionForm } from "./alarm_forms.js";
import { incidentCounts, stateWord } from "./alarm_rows.js";
import { said, say, term } from "../words/words.js";

const PAGE = 100;
const SETTLES_MS = 1000;

// Read anew when the incident has changed, but in a storm not with each of its changes.
function useIncident(id, version) {
  const known = useRef(false);
  const readPage = async (cursor, gone) => {
    if (known.current && !cursor) await new Promise((done) => setTimeout(done, SETTLES_MS));
    if (gone()) return null;
    const [incident, page] = await Promise.all([read(`incidents/${id}`), read(`incidents/${id}/alarms`, { limit: PAGE, cursor })]);
    known.current = true;
    return { ...page, incident };
  };
  return usePages(readPage, [id, version]);
}

// Why it is here: the latest reason for which it was gathered or something came to stand for it.
function reasonOf(occurrence) {
  const decision = occurrence.decisions.findLast(({ kind }) => ["grouped", "inhibited", "flood", "confirmed"].includes(kind));
  return decision ? said(decision.reason) : said(occurrence.why.seen);
}

function Member({ alarm, occurrence }) {
  return html`<li><${Mark} priority=${occurrence.priority} hollow=${!unacked(alarm)} size=${18} />
    <span><a href=${address("alarms", alarm.id)}>${said(alarm.name)}</a> <span class="quiet">${stateWord(alarm)} · <${Time} at=${occurrence.raised_at} /></span>
      <span class="quiet reason">${reasonOf(occurrence)}</span></span></li>`;
}

const Members = ({ members }) =>
  html`<ol class="members">${members.map(({ alarm, occurrence }) => html`<${Member} key=${occurrence.id} alarm=${alarm} occurrence=${occurrence} />`)}</ol>`;

function Heading({ incident }) {
  return html`<header class="detail-head">
    <${Mark} priority=${incident.priority} hollow=${incident.standing === 0} size=${34} />
    <div><h2>${said(incident.title)}</h2>
      <p class="quiet"><${Chip} tone=${incident.standing > 0 ? "warn" : "plain"}>${term("incident_state", incident.state)}</${Chip}>
        ${term("thing", "incident")} · ${incidentCounts(incident)} · <${Ago} at=${incident.opened_at} /></p></div>
    <a class="bare back" href=${address("alarms")} onClick=${(event) => {
      event.preventDefault();
      go("alarms");
    }} aria-label=${say("keys.back")}>✕</a>
  </header>`;
}

function Actions({ incident, look }) {
  const [closing, setClosing] = useState(false);
  const over = incident.state === "quiet";
  const run = async (outcome) => {
    const answer = await command(`incidents/${incident.id}/close`, { ...outcome, expected_version: incident.version });
    if (answer.incident) takeIncident(answer.incident);
    look();
  };
  return html`<div class="actions"><button type="button" disabled=${!over} onClick=${() => setClosing(true)}>${say("incident.close")}</button>
    ${!over && html`<span class="quiet hint">${say(incident.state === "open" ? "incident.close_later" : "incident.closed_already")}</span>`}
    ${closing && html`<${DispositionForm} title=${say("incident.close_title")} name=${said(incident.title)} close=${() => setClosing(false)} run=${run} />`}
  </div>`;
}

export function IncidentDetail({ id }) {
  const [asked, setAsked] = useState(0);
  const live = incidents.value.get(id);
  const [found, more] = useIncident(id, `${live?.version} ${asked}`);
  const incident = live ?? found.incident;
  if (!incident) return html`<div class="detail"><${Unread} problem=${found.problem} /></div>`;
  const heads = groups.value.find((group) => group.incident?.id === id)?.members.map((alarm) => ({ alarm, occurrence: alarm.latest })) ?? [];
  return html`<div class="detail">
    <${Heading} incident=${incident} />
    <${Actions} incident=${incident} look=${() => setAsked(asked + 1)} />
    <div class="detail-body">
      <${Panel} title=${term("thing", "grouping")} className="wide"><${Facts} pairs=${[
        [term("thing", "grouping"), say(`incident.because_${incident.grouping}`)],
        [term("grouping", "confirmed"), incident.is_confirmed && say("alarm.confirmed")],
        [term("thing", "zone"), said(model.value.zoneName(incident.zone))],
        [say("incident.opened"), html`<${Time} at=${incident.opened_at} />`],
        [term("incident_state", "merged"), incident.merged_into && html`<a href=${address("alarms", incident.merged_into)}>${said(incidents.value.get(incident.merged_into)?.title) || incident.merged_into}</a>`],
      ]} /></${Panel}>
      ${heads.length > 0 && heads.length < Math.min(PAGE, incident.occurrences) && html`<${Panel} title=${say("incident.asks", { n: heads.length })} className="wide"><${Members} members=${heads} /></${Panel}>`}
      <${Panel} title=${say("incident.all", { n: incident.occurrences })} className="wide"><${Members} members=${found.items} />
        ${found.next && html`<button type="button" class="load-more" onClick=${more}>${say("list.more")}</button>`}</${Panel}>
      <${Unread} problem=${found.problem} />
    </div>
  </div>`;
}
