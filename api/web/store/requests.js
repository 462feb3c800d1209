// Speaks to the API: reads, commands, and errors as the problems that the API explains.
import { signal } from "../view.js";

// Null until it is known; then who is signed in, or false.
export const session = signal(null);

export class Problem extends Error {
  // `details` is the problem document (RFC 9457); `status` 0 means that nothing answered.
  constructor(details) {
    super(details.detail || details.title || "");
    this.status = details.status;
    this.code = details.code;
    this.title = details.title;
  }
}

async function problemOf(answer) {
  try {
    const details = await answer.json();
    return new Problem({ ...details, status: answer.status });
  } catch {
    return new Problem({ status: answer.status, title: answer.statusText });
  }
}

async function ask(path, options = {}) {
  let answer;
  try {
    answer = await fetch(path, { credentials: "same-origin", ...options });
  } catch {
    throw new Problem({ status: 0, code: "unreachable" });
  }
  if (answer.status === 401 && path !== "/api/v1/session") session.value = false;
  if (!answer.ok) throw await problemOf(answer);
  return answer.status === 204 ? null : answer.json();
}

export function read(path, parameters = {}) {
  const given = Object.entries(parameters).filter(([, value]) => value !== null && value !== undefined);
  const query = new URLSearchParams(given.map(([name, value]) => [name, String(value)])).toString();
  return ask(`/api/v1/${path}${query ? `?${query}` : ""}`);
}

// Random enough for a key that only has to be new; `crypto.randomUUID` is missing on plain HTTP.
function newKey() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return `page-${Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("")}`;
}

export function command(path, body) {
  return ask(`/api/v1/${path}`, {
    method: "POST",
    headers: { "Content-Type": "application/json", "Idempotency-Key": newKey() },
    body: JSON.stringify(body),
  });
}

export async function knowSession() {
  try {
    session.value = await ask("/api/v1/session");
  } catch (problem) {
    if (problem.status === 401) session.value = false;
    else throw problem;
  }
}

export async function signIn(token) {
  await ask("/api/v1/session", {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify({ token }),
  });
  await knowSession();
}

export async function signOut() {
  await ask("/api/v1/session", { method: "DELETE" });
  session.value = false;
}
