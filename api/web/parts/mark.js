// The mark of an alarm: shape, digit and colour say the priority; filled is unacknowledged, hollow is taken on.
import { html } from "../view.js";
import { term } from "../words/words.js";

const DIGIT = { critical: "1", high: "2", medium: "3", low: "4" };
const SHAPE = {
  critical: "M3 3h18v18H3z",
  high: "M12 1.500 23 21H1z",
  medium: "M12 1l11 11-11 11L1 12z",
  low: "M12 2a10 10 0 1 0 .01 0z",
};
const BASELINE = { critical: 17, high: 19, medium: 17, low: 17 };
const WIDE = 24;

// As a part of a larger drawing; 24 units wide.
export function MarkShape({ priority, hollow = false }) {
  return html`<g class=${`mark mark-${priority}${hollow ? " hollow" : ""}`}>
    <path d=${SHAPE[priority]} />
    <text x="12" y=${BASELINE[priority]} text-anchor="middle">${DIGIT[priority]}</text>
  </g>`;
}

export function Mark({ priority, hollow = false, size = 18 }) {
  return html`<svg class="mark-box" width=${size} height=${size} viewBox="0 0 24 24" role="img" aria-label=${term("priority", priority)}>
    <${MarkShape} priority=${priority} hollow=${hollow} />
  </svg>`;
}

// The same on a canvas, `size` wide, its upper left corner at x and y; `paint` gives a colour by its name in tokens.css.
export function paintMark(context, priority, x, y, size, paint) {
  context.save();
  context.translate(x, y);
  context.scale(size / WIDE, size / WIDE);
  context.setLineDash([]);
  context.fillStyle = paint(`--${priority}`);
  context.strokeStyle = paint(`--limit-${priority}`);
  context.lineWidth = 1.2;
  const shape = new Path2D(SHAPE[priority]);
  context.fill(shape);
  context.stroke(shape);
  context.fillStyle = paint(`--${priority}-ink`);
  context.font = "700 14px system-ui, sans-serif";
  context.textAlign = "center";
  context.fillText(DIGIT[priority], WIDE / 2, BASELINE[priority]);
  context.restore();
}
