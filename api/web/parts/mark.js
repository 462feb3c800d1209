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
