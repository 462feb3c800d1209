// Keys. What is on screen registers its own while it is there; the list on `?` shows what holds now.
import { useLayoutEffect, useRef } from "../view.js";

const stack = [];

// `bindings`: key -> { say: word of what it does, run }. The one registered last wins. A key holds as soon as its screen
// is in the document, not a frame later: a quick operator's key would be lost.
export function useKeys(bindings) {
  const held = useRef(bindings);
  held.current = bindings;
  useLayoutEffect(() => {
    stack.push(held);
    return () => stack.splice(stack.indexOf(held), 1);
  }, []);
}

export function current() {
  const found = new Map();
  for (const { current: bindings } of stack) {
    for (const [key, binding] of Object.entries(bindings)) if (binding) found.set(key, binding);
  }
  return found;
}

const typing = (element) =>
  element instanceof HTMLElement &&
  (element.isContentEditable || ["INPUT", "TEXTAREA", "SELECT"].includes(element.tagName));

// Keys that mean something to a focused control stay its own.
const ownKey = (element, key) =>
  element instanceof HTMLElement && element.matches("button, a, summary") && ["Enter", " "].includes(key);

addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented) return;
  if (document.querySelector("dialog[open]")) return;
  if (typing(event.target)) {
    if (event.key === "Escape") event.target.blur();
    return;
  }
  const binding = current().get(event.key);
  if (!binding || ownKey(event.target, event.key)) return;
  event.preventDefault();
  binding.run();
});
