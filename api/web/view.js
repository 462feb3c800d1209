// What every module needs to draw: templates, hooks and signals, in one import.
import { Fragment, h, render } from "./vendor/preact.js";
import htm from "./vendor/htm.js";

export { useEffect, useLayoutEffect, useMemo, useRef, useState } from "./vendor/preact-hooks.js";
export { batch, computed, effect, signal } from "./vendor/signals.js";
export { Fragment, render };

// Text in a template becomes a text node: what devices and people write can never become markup.
export const html = htm.bind(h);
