// A button that acts when it is held for two seconds, by finger or key, so that no pocket calls for help.
import { html, useEffect, useRef, useState } from "../view.js";

export const HOLD_MS = 2000;
const KEYS = new Set(["Enter", " "]);

// `plain`: nothing shows while it is held.
export function Hold({ label, done, className = "", plain = false, children }) {
  const timer = useRef(null);
  const [held, setHeld] = useState(false);
  const release = () => {
    clearTimeout(timer.current);
    timer.current = null;
    setHeld(false);
  };
  const press = () => {
    if (timer.current !== null) return;
    setHeld(!plain);
    timer.current = setTimeout(() => {
      release();
      done();
    }, HOLD_MS);
  };
  useEffect(() => () => clearTimeout(timer.current), []);
  return html`<button type="button" class=${`hold ${held ? "held" : ""} ${className}`} aria-label=${label}
    onPointerDown=${press} onPointerUp=${release} onPointerLeave=${release} onPointerCancel=${release} onBlur=${release}
    onContextMenu=${(event) => event.preventDefault()}
    onKeyDown=${(event) => KEYS.has(event.key) && (event.preventDefault(), press())}
    onKeyUp=${(event) => KEYS.has(event.key) && release()}>${children}</button>`;
}
