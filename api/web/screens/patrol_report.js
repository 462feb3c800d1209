// Patrols over a time: figures by tour and officer, where nobody was for how long, and tags that fail; each as CSV.
import { html, useState } from "../view.js";
import { knowsTime, vigilNow } from "../store/connection.js";
import { learnNames, model, personName, siteId } from "../store/live.js";
import { useReading } from "../store/patience.js";
import { read } from "../store/requests.js";
import { duration, Time } from "../format/time.js";
import { Chip, Panel } from "../parts/facts.js";
import { Unread } from "../parts/dialog.js";
import { Choices } from "../parts/list.js";
import { said, say, term } from "../words/words.js";

const DAY_MS = 24 * 3600 * 1000;
const PERIODS = { day: 1, week: 7, month: 31 };
const HOURS = Array.from({ length: 24 }, (_, hour) => hour);

const zoneName = (id) => said(model.value.zones.get(id)?.name) || id;
const percent = (share) => (share === null ? "–" : `${Math.round(share * 100)} %`);

function useReport(period) {
  const [report, setReport] = useState(null);
  const known = knowsTime.value;
  // Read anew each minute of Vigil's, so that what stays open does not grow old.
  const minute = Math.floor(vigilNow.value / 60_000);
  const problem = useReading(async (gone) => {
    if (!known) return;
    const end = vigilNow.peek();
    const asked = { start: new Date(end - PERIODS[period] * DAY_MS).toISOString(), end: new Date(end).toISOString() };
    const found = await read(`sites/${siteId.peek()}/patrol-report`, asked);
    if (gone()) return;
    setReport({ ...found, asked });
    learnNames(found.officers.map((officer) => officer.officer));
  }, [period, known, minute]);
  return [report, problem];
}

function Table({ name, title, heads, rows, asked }) {
  const query = new URLSearchParams({ ...asked, table: name });
  const link = html`<a href=${`/api/v1/sites/${siteId.value}/patrol-report.csv?${query}`} download=${`patrol-${name}.csv`}>CSV</a>`;
  return html`<${Panel} title=${title} more=${link} className="wide">
    ${rows.length === 0 ? html`<p class="pad quiet">${say("report.none")}</p>` : html`<div class="sideways" tabindex="0" role="region" aria-label=${title}><table>
      <thead><tr>${heads.map((head) => html`<th key=${head}>${head}</th>`)}</tr></thead><tbody>${rows}</tbody></table></div>`}
  </${Panel}>`;
}

const cells = (key, values) => html`<tr key=${key}>${values.map((value, index) => html`<td key=${index}>${value}</td>`)}</tr>`;

function ByTour({ report }) {
  const states = ["completed", "completed_late", "incomplete", "missed", "abandoned"];
  const heads = [term("thing", "tour"), say("report.runs"), ...states.map((state) => term("run_state", state)), say("report.on_time"), say("report.corrected"), say("report.suspicious")];
  const rows = report.tours.map((tour) =>
    cells(tour.tour, [said(tour.name), tour.runs, ...states.map((state) => tour[state]), percent(tour.on_time_share), tour.stops_corrected, tour.suspicious_runs]));
  return html`<${Table} name="tours" title=${say("report.by_tour")} heads=${heads} rows=${rows} asked=${report.asked} />`;
}

function ByOfficer({ report }) {
  const verdicts = ["on_time", "late", "early", "out_of_order", "too_fast", "wrong_officer"];
  const heads = [term("role", "officer"), say("report.runs"), say("tour.stops"), ...verdicts.map((verdict) => term("stop_verdict", verdict)), say("report.uploaded_late"), say("run.marks")];
  const rows = report.officers.map((one) =>
    cells(one.officer, [personName(one.officer), one.runs, one.stops, ...verdicts.map((verdict) => one[verdict]), one.uploaded_late, one.marks]));
  return html`<${Table} name="officers" title=${say("report.by_officer")} heads=${heads} rows=${rows} asked=${report.asked} />`;
}

function Coverage({ report }) {
  const heads = [term("thing", "zone"), say("report.visits"), say("report.outside_tours"), say("report.longest_gap"), say("report.gap_since")];
  const worst = [...report.coverage].sort((a, b) => b.longest_gap_seconds - a.longest_gap_seconds);
  const rows = worst.map((one) =>
    cells(one.zone, [zoneName(one.zone), one.visits, one.outside_tours, duration(one.longest_gap_seconds), html`<${Time} at=${one.since} />`]));
  return html`<${Table} name="coverage" title=${say("report.coverage")} heads=${heads} rows=${rows} asked=${report.asked} />`;
}

// Visits per zone and hour of the day: the number says it, the ground shows it.
function Heat({ report }) {
  const visits = new Map(report.hours.map((one) => [`${one.zone} ${one.hour}`, one.visits]));
  const most = Math.max(1, ...visits.values());
  const zones = [...new Set(report.hours.map((one) => one.zone))];
  const cell = (zone, hour) => {
    const n = visits.get(`${zone} ${hour}`) ?? 0;
    const ground = `color-mix(in srgb, var(--chosen) ${Math.round((n / most) * 100)}%, transparent)`;
    return html`<td key=${hour} class="heat" style=${{ background: ground }}>${n || "·"}</td>`;
  };
  const rows = zones.map((zone) => html`<tr key=${zone}><td>${zoneName(zone)}</td>${HOURS.map((hour) => cell(zone, hour))}</tr>`);
  return html`<${Table} name="hours" title=${say("report.by_hour")} heads=${[term("thing", "zone"), ...HOURS]} rows=${rows} asked=${report.asked} />`;
}

function Tags({ report }) {
  const heads = [term("thing", "checkpoint"), say("report.visits"), say("report.missed_walked"), say("report.other_method"), ""];
  const rows = [...report.tags].sort((a, b) => b.suspect - a.suspect || b.missed_in_walked_runs - a.missed_in_walked_runs).map((tag) =>
    cells(tag.checkpoint, [said(tag.name), tag.visits, tag.missed_in_walked_runs, tag.weak_method, tag.suspect && html`<${Chip} tone="warn">${say("report.tag_suspect")}</${Chip}>`]));
  return html`<${Table} name="tags" title=${say("report.tags")} heads=${heads} rows=${rows} asked=${report.asked} />`;
}

export function PatrolFigures() {
  const [period, setPeriod] = useState("day");
  const [report, problem] = useReport(period);
  const periods = Object.keys(PERIODS).map((one) => [one, say(`report.${one}`)]);
  return html`<div class="detail">
    <header class="detail-head"><h2>${say("report.title")}</h2></header>
    <div class="tools"><${Choices} label=${say("report.period")} value=${period} change=${setPeriod} options=${periods} /></div>
    <${Unread} problem=${problem} />
    ${report && html`<div class="detail-body" tabindex="0">
      <${ByTour} report=${report} /><${ByOfficer} report=${report} /><${Coverage} report=${report} /><${Heat} report=${report} /><${Tags} report=${report} />
      <p class="pad"><a href=${`/api/v1/sites/${siteId.value}/patrol-report.csv?${new URLSearchParams({ ...report.asked, table: "stops" })}`} download="patrol-stops.csv">${say("report.all_stops")}</a></p>
    </div>`}
  </div>`;
}
