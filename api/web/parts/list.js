// A list that stays quick with thousands of rows: only those in sight are drawn. One row is chosen, by mouse or keys.
import { html, useEffect, useLayoutEffect, useRef, useState } from "../view.js";
import { useKeys } from "../app/keys.js";
import { say } from "../words/words.js";

const SPARE = 6;

function useWindow(box, count, rowHeight) {
  const [view, setView] = useState({ top: 0, height: 600 });
  useLayoutEffect(() => {
    const element = box.current;
    if (!element) return undefined;
    const measure = () => setView({ top: element.scrollTop, height: element.clientHeight });
    const observer = new ResizeObserver(measure);
    observer.observe(element);
    element.addEventListener("scroll", measure, { passive: true });
    return () => {
      observer.disconnect();
      element.removeEventListener("scroll", measure);
    };
  }, [box.current === null, count === 0]);
  const first = Math.max(0, Math.floor(view.top / rowHeight) - SPARE);
  const last = Math.min(count, Math.ceil((view.top + view.height) / rowHeight) + SPARE);
  return [first, last];
}

function bringIntoSight(element, index, rowHeight) {
  if (!element || index < 0) return;
  const top = index * rowHeight;
  if (top < element.scrollTop) element.scrollTop = top;
  else if (top + rowHeight > element.scrollTop + element.clientHeight) {
    element.scrollTop = top + rowHeight - element.clientHeight;
  }
}

// `row(item)` draws one; `chosen` is the key of the chosen one; `choose(key, pointed)` is called when another is, by the
// pointer or by a key.
export function List({ items, keyOf, row, chosen, choose, label, name, rowHeight = 48, rowClass = () => "" }) {
  const box = useRef(null);
  const [first, last] = useWindow(box, items.length, rowHeight);
  const at = items.findIndex((item) => keyOf(item) === chosen);
  const to = (index) => {
    const item = items[Math.min(items.length - 1, Math.max(0, index))];
    if (item) choose(keyOf(item), false);
  };
  // From nowhere, both ways lead to the first.
  const step = (by) => to(at < 0 ? 0 : at + by);
  const down = { say: "keys.next", run: () => step(1) };
  const up = { say: "keys.previous", run: () => step(-1) };
  useKeys({
    j: down, ArrowDown: { ...down, hidden: true }, k: up, ArrowUp: { ...up, hidden: true },
    Home: { say: "keys.first", run: () => to(0), hidden: true },
    End: { say: "keys.last", run: () => to(items.length), hidden: true },
    PageDown: { say: "keys.next", run: () => step(10), hidden: true },
    PageUp: { say: "keys.previous", run: () => step(-10), hidden: true },
  });
  useEffect(() => bringIntoSight(box.current, at, rowHeight), [chosen, at < 0]);
  const shown = items.slice(first, last);
  const present = at >= first && at < last;
  return html`<div class="list" ref=${box} role="listbox" tabindex="0" aria-label=${label}
    aria-activedescendant=${present ? `${name}-${at}` : undefined}>
    <div class="list-all" role="presentation" style=${{ height: `${items.length * rowHeight}px` }}>
      ${shown.map((item, offset) => {
        const index = first + offset;
        const key = keyOf(item);
        return html`<div key=${key} id=${`${name}-${index}`} role="option" aria-selected=${key === chosen}
          aria-posinset=${index + 1} aria-setsize=${items.length}
          class=${`row ${key === chosen ? "chosen" : ""} ${rowClass(item)}`}
          style=${{ top: `${index * rowHeight}px`, height: `${rowHeight}px` }}
          onClick=${() => choose(key, true)}>${row(item)}</div>`;
      })}
    </div>
  </div>`;
}

// What stands where nothing is: why, and what to do.
export function Empty({ title, hint }) {
  return html`<div class="empty"><p class="empty-title">${title}</p>${hint && html`<p>${hint}</p>`}</div>`;
}

export function Filter({ value, change, label = say("filter.label") }) {
  const field = useRef(null);
  useKeys({ "/": { say: "keys.filter", run: () => field.current?.focus() } });
  return html`<input class="filter" type="search" ref=${field} value=${value} aria-label=${label} placeholder=${label}
    onInput=${(event) => change(event.currentTarget.value)} />`;
}

// Whether all words of the filter stand somewhere in the texts.
export function matches(filter, texts) {
  const whole = texts.join(" ").toLowerCase();
  return filter.toLowerCase().split(/\s+/).every((word) => whole.includes(word));
}

// A few ways to look at a list, of which one holds.
export function Choices({ options, value, change, label }) {
  return html`<div class="choices" role="group" aria-label=${label}>
    ${options.map(([key, words, number]) => html`<button key=${key} type="button" aria-pressed=${key === value}
      onClick=${() => change(key)}>${words}${number !== undefined && html` <span class="count">${number}</span>`}</button>`)}
  </div>`;
}
