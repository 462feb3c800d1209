// Small pieces that many screens use: panels, name and value pairs, chips.
import { html } from "../view.js";

export function Panel({ title, more, children, className = "" }) {
  return html`<section class=${`panel ${className}`} aria-label=${title}>
    ${title && html`<header><h2>${title}</h2>${more}</header>`}
    ${children}
  </section>`;
}

// `pairs`: [name, value]; those without a value are left out.
export function Facts({ pairs }) {
  const shown = pairs.filter(([, value]) => value !== null && value !== undefined && value !== "" && value !== false);
  return html`<dl class="facts">${shown.map(([name, value]) => html`<div key=${name}><dt>${name}</dt><dd>${value}</dd></div>`)}</dl>`;
}

// A short state in words; `tone` is "plain", "warn" or "bad", and the words say the same.
export function Chip({ tone = "plain", children }) {
  return html`<span class=${`chip chip-${tone}`}>${children}</span>`;
}
