// Where the reader is: the part of the address after `#`, as `#/screen/thing`. Browser history works as everywhere.
import { signal } from "../view.js";

function parse() {
  const [screen, ...rest] = location.hash.replace(/^#\/?/, "").split("/");
  return { screen: screen || "overview", thing: rest.length > 0 ? decodeURIComponent(rest.join("/")) : null };
}

export const place = signal(parse());

addEventListener("hashchange", () => {
  place.value = parse();
});

export const address = (screen, thing = null) => `#/${screen}${thing === null ? "" : `/${encodeURIComponent(thing)}`}`;

export function go(screen, thing = null, { replace = false } = {}) {
  const target = address(screen, thing);
  if (target === location.hash) return;
  if (replace) {
    history.replaceState(null, "", target);
    place.value = parse();
  } else {
    location.hash = target;
  }
}
