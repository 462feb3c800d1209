// A point over time: mean with the band between minimum and maximum, its limits, and marked moments.
import { html, useEffect, useRef, useState } from "../view.js";
import { theme } from "../store/choices.js";
import { model } from "../store/live.js";
import { useReading } from "../store/patience.js";
import { read } from "../store/requests.js";
import { inSiteTime } from "../format/time.js";
import { number, quantity, stateOf, unitOf } from "../format/number.js";
import { said, say } from "../words/words.js";
import { LINE, drawLimits, limitsOf, limitWords } from "./chart_limits.js";
import { Unread } from "./dialog.js";

// Fetched when the first chart is drawn: most screens have none.
let library = null;
const load = () => (library ??= import("../vendor/uplot.js"));

const seconds = (at) => Date.parse(at) / 1000;
const colour = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();

// Where values have names, those alone stand at the axis.
const tick = (at, states) => (Object.keys(states).length > 0 ? said(stateOf(at, states)) : number(at));

// What words take beside an axis, in px of its font: Chinese signs are as wide as they are high.
const AXIS_WIDTH = [58, 150];
const AXIS_HEIGHT = 28;
export function axisWidth(words) {
  const wide = (each) => [...each].reduce((sum, sign) => sum + (sign > "\u2e7f" ? 12 : 7), 0);
  const [least, most] = AXIS_WIDTH;
  return Math.min(most, Math.max(least, 18 + Math.max(0, ...words.map(wide))));
}

// A gap in the data is a gap in the line: unknown is not normal.
function withGaps(series) {
  const at = series.at.map(seconds);
  const steps = at.slice(1).map((time, index) => time - at[index]).sort((a, b) => a - b);
  const usual = series.reduced ? series.bucket_seconds : steps[Math.floor(steps.length / 2)] || 60;
  const columns = [[], [], [], []];
  at.forEach((time, index) => {
    if (index > 0 && time - at[index - 1] > 3.5 * usual) {
      columns[0].push(at[index - 1] + usual);
      columns.slice(1).forEach((column) => column.push(null));
    }
    columns[0].push(time);
    const good = !series.quality || series.quality[index] === "good";
    columns[1].push(good ? series.minimum[index] : null);
    columns[2].push(good ? series.maximum[index] : null);
    columns[3].push(good ? series.mean[index] : null);
  });
  return columns;
}

function vertical(plot, at, stroke, words, row) {
  const x = plot.valToPos(at, "x", true);
  const { left, width, top, height } = plot.bbox;
  if (x < left || x > left + width) return;
  const context = plot.ctx;
  context.strokeStyle = stroke;
  context.fillStyle = stroke;
  context.beginPath();
  context.moveTo(x, top);
  context.lineTo(x, top + height);
  context.stroke();
  context.textAlign = x > left + width / 2 ? "right" : "left";
  context.fillText(words, x > left + width / 2 ? x - 5 : x + 5, top + (12 + 15 * row) * devicePixelRatio);
}

function options(series, moments, width, height) {
  const text = colour("--text-quiet");
  const grid = { stroke: colour("--line"), width: 1 };
  const font = "12px system-ui, sans-serif";
  const limits = limitsOf(series);
  const draw = (plot) => {
    const context = plot.ctx;
    context.save();
    context.font = `${12 * devicePixelRatio}px system-ui, sans-serif`;
    context.textBaseline = "alphabetic";
    context.lineWidth = devicePixelRatio;
    drawLimits(plot, limits, colour);
    moments.forEach(([at, words], row) => at && vertical(plot, seconds(at), colour("--text"), words, row));
    context.restore();
  };
  const range = (_, low, high) => {
    const values = [low, high, ...limits.map(({ value }) => value)].filter((value) => value !== null);
    const [bottom, top] = [Math.min(...values), Math.max(...values)];
    const span = top - bottom || Math.abs(top) || 1;
    const above = limits.length > 0 ? Math.max(0.12, (1.5 * LINE) / (height - AXIS_HEIGHT)) : 0.12;
    return [bottom - span * 0.12, top + span * above];
  };
  return {
    width, height,
    legend: { show: false },
    cursor: { y: false },
    scales: { x: { range: [seconds(series.start), seconds(series.end)] }, y: { range } },
    axes: [
      { stroke: text, grid, ticks: grid, font, size: AXIS_HEIGHT, values: (_, splits) => splits.map((at) => inSiteTime("minute", at * 1000)) },
      { stroke: text, grid, ticks: grid, font, size: axisWidth(Object.values(series.states).map(said)), values: (_, splits) => splits.map((at) => tick(at, series.states)) },
    ],
    bands: [{ series: [2, 1], fill: colour("--band") }],
    series: [
      {},
      { stroke: "transparent", points: { show: false } },
      { stroke: "transparent", points: { show: false } },
      { stroke: colour("--trace"), width: 1.6, points: { show: !series.reduced && series.at.length < 40 } },
    ],
    hooks: { draw: [draw] },
  };
}

function Reading({ series, index }) {
  if (index === null || index === undefined) return html`<p class="chart-reading"> </p>`;
  const [at, low, high, mean] = [0, 1, 2, 3].map((column) => series.columns[column][index]);
  const spread = series.reduced && low !== null ? ` (${number(low)} – ${number(high)})` : "";
  return html`<p class="chart-reading">${inSiteTime("moment", at * 1000)} · <strong>${quantity(mean, series.unit, series.states)}</strong>${spread}</p>`;
}

function Plot({ series, moments, height }) {
  const box = useRef(null);
  const [index, setIndex] = useState(null);
  useEffect(() => {
    let plot = null;
    let gone = false;
    let observer = null;
    load().then(({ default: Library }) => {
      if (gone || !box.current) return;
      const settings = options(series, moments, box.current.clientWidth, height);
      settings.hooks.setCursor = [(drawn) => setIndex(drawn.cursor.idx)];
      plot = new Library(settings, series.columns, box.current);
      observer = new ResizeObserver(([entry]) => plot.setSize({ width: entry.contentRect.width, height }));
      observer.observe(box.current);
    });
    return () => {
      gone = true;
      observer?.disconnect();
      plot?.destroy();
    };
  }, [series, theme.value, height]);
  const words = [say("chart.described", { n: series.at.length, unit: unitOf(series.unit) }), ...limitsOf(series).map(limitWords)].join("; ");
  return html`<div class="chart" ref=${box} role="img" aria-label=${words}></div><${Reading} series=${series} index=${index} />`;
}

// Who sends what was kept wants to know that no rule has judged it.
const Late = ({ late }) =>
  late.messages > 0 && html`<p class="chart-late">${say("chart.late", { n: late.messages, at: inSiteTime("moment", late.latest) })}</p>`;

// `moments`: [time, word] to mark. `start`, `end` null: the last `hours`.
export function PointChart({ point, start = null, end = null, moments = [], height = 220, refresh = 0 }) {
  const [series, setSeries] = useState(null);
  const problem = useReading(async (gone) => {
    const found = await read(`points/${point}/readings`, { site: model.value?.id, start, end, max_points: 400 });
    if (!gone()) setSeries({ ...found, columns: withGaps(found) });
  }, [point, start, end, refresh]);
  if (problem) return html`<${Unread} problem=${problem} />`;
  if (!series) return html`<div class="chart waiting" style=${{ height: `${height}px` }}>${say("chart.loading")}</div>`;
  const drawn = series.at.length === 0 ? html`<p class="chart-none">${say("chart.none")}</p>` : html`<${Plot} series=${series} moments=${moments} height=${height} />`;
  return html`${drawn}<${Late} late=${series.late} />`;
}
