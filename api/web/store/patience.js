// Reads that fail are said, and tried again until they succeed: what silently stays away looks calm.
import { signal, useEffect, useRef, useState } from "../view.js";

const FIRST_WAIT_MS = 1000;
const LONGEST_WAIT_MS = 15000;
const PASSING = new Set([408, 429]);

// Whether the same may succeed later: nothing answered, or Vigil could not. What it refuses it refuses for good.
export const passes = ({ status }) => !(status >= 400 && status < 500) || PASSING.has(status);

// Calls `attempt` until it succeeds or is refused for good; `told` hears each problem, and null when there is none any more.
// Gives what ends it; `attempt` can ask whether that has happened.
export function patiently(attempt, told) {
  let ended = false;
  let timer = null;
  let wait = FIRST_WAIT_MS;
  const run = async () => {
    try {
      await attempt(() => ended);
      if (!ended) told(null);
    } catch (problem) {
      if (ended) return;
      told(problem);
      if (!passes(problem)) return;
      timer = setTimeout(run, wait);
      wait = Math.min(LONGEST_WAIT_MS, 2 * wait);
    }
  };
  run();
  return () => {
    ended = true;
    clearTimeout(timer);
  };
}

// Reads for a part of a screen whenever one of `keys` changes; gives the problem while there is one.
export function useReading(attempt, keys) {
  const [problem, setProblem] = useState(null);
  useEffect(() => patiently(attempt, setProblem), keys);
  return problem;
}

// What of the whole picture could not be read: word key -> the problem. It is said across the page.
export const unread = signal(new Map());

export function noteUnread(what, problem) {
  if (!problem && !unread.value.has(what)) return;
  const noted = new Map(unread.value);
  if (problem && problem.status !== 401) noted.set(what, problem);
  else noted.delete(what);
  unread.value = noted;
}

const patient = new Map();

// The same for the whole picture; what is asked again meanwhile takes the place of what was asked before.
export function readForAll(what, attempt) {
  patient.get(what)?.();
  patient.set(what, patiently(attempt, (problem) => noteUnread(what, problem)));
}

// A list that is read page by page: [{ items, next, loaded, problem, ... }, more]. `readPage` gives a page, or
// null for none; it can ask whether anybody still waits for it.
export function usePages(readPage, keys) {
  const [found, setFound] = useState({ items: [], next: null, loaded: false });
  const [missed, setMissed] = useState(null);
  const load = async (cursor, gone) => {
    const page = await readPage(cursor, gone);
    if (page && !gone()) setFound((before) => ({ ...page, items: cursor ? [...before.items, ...page.items] : page.items, loaded: true }));
  };
  const problem = useReading((gone) => load(null, gone), keys);
  const ending = useRef(null);
  // What is still asked for when the list becomes another one must not be added to that.
  useEffect(() => () => {
    ending.current?.();
    setMissed(null);
  }, keys);
  const more = () => {
    ending.current?.();
    ending.current = patiently((gone) => load(found.next, gone), setMissed);
  };
  return [{ ...found, problem: problem ?? missed }, more];
}
