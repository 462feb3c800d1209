// The limits of a point's rules in its chart: each a line in the style of the priority that it raises, with its mark and name.
import { quantity } from "../format/number.js";
import { said, say } from "../words/words.js";
import { spread } from "./chart_labels.js";
import { paintMark } from "./mark.js";

// Colour never stands alone: the more urgent, the more solid.
const STYLES = {
  critical: { dash: [], width: 2 },
  high: { dash: [12, 4], width: 1.5 },
  medium: { dash: [6, 4], width: 1.25 },
  low: { dash: [2, 4], width: 1.25 },
};
const LEVELS = ["high_high", "high", "low", "low_low"];
const MARK = 13;
// What a label takes of the chart's height, in px; a chart leaves as much above its highest limit.
export const LINE = 16;
// A label that takes more of the chart's width says less: without its rule, then without the number, which stands at the axis.
const WIDEST = 0.6;

// What a limit is called, from the most to the least: of a point whose values have names a number says nothing.
function labels(rule, level, series) {
  const name = said(rule.name);
  if (Object.keys(series.states).length > 0) return [name];
  const limit = say(`compared.${level}`);
  const whole = `${limit} ${quantity(rule[level], series.unit)}`;
  return [`${name} · ${whole}`, whole, limit];
}

// All limits of a series, the highest of each rule first: { value, priority, labels }.
export function limitsOf(series) {
  return series.limits.flatMap((rule) => LEVELS.filter((level) => rule[level] !== null).map((level) => ({
    value: rule[level],
    priority: level.includes("_") ? rule.outer_priority : rule.priority,
    labels: labels(rule, level, series),
  })));
}

export const limitWords = (limit) => limit.labels[0];

// Behind its mark, at the left: what happened to an alarm is marked further right.
function label(context, limit, x, y, most, paint) {
  const scale = devicePixelRatio;
  const words = limit.labels.find((each) => context.measureText(each).width <= WIDEST * most) ?? limit.labels.at(-1);
  const begin = x + (MARK + 8) * scale;
  // What was measured still shows through.
  context.globalAlpha = 0.85;
  context.fillStyle = paint("--panel");
  context.fillRect(x, y - 12 * scale, begin - x + context.measureText(words).width + 4 * scale, 15 * scale);
  context.globalAlpha = 1;
  context.fillStyle = paint(`--limit-${limit.priority}`);
  context.fillText(words, begin, y);
  paintMark(context, limit.priority, x + 4 * scale, y - 11 * scale, MARK * scale, paint);
}

// Lines first, then the labels, each above its line where there is room, on a ground of their own.
export function drawLimits(plot, limits, paint) {
  const { left, width, top, height } = plot.bbox;
  const scale = devicePixelRatio;
  const shown = limits.map((limit) => ({ limit, y: plot.valToPos(limit.value, "y", true) })).filter(({ y }) => y >= top && y <= top + height);
  const context = plot.ctx;
  for (const { limit, y } of shown) {
    const { dash, width: thick } = STYLES[limit.priority];
    context.strokeStyle = paint(`--limit-${limit.priority}`);
    context.lineWidth = thick * scale;
    context.setLineDash(dash.map((each) => each * scale));
    context.beginPath();
    context.moveTo(left, y);
    context.lineTo(left + width, y);
    context.stroke();
  }
  context.setLineDash([]);
  context.lineWidth = scale;
  context.textAlign = "left";
  const heights = spread(shown.map(({ y }) => y - 4 * scale), LINE * scale, top + LINE * scale, top + height - 4 * scale);
  shown.forEach(({ limit }, index) => label(context, limit, left, heights[index], width, paint));
}
