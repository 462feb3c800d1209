// Speaks to Vigil with the phone's own token; says plainly whether it could be reached and what it thinks of the token.
import { signal } from "../view.js";
import { readFact, writeFact } from "./database.js";

const PATIENCE_MS = 20000;

// Null until it is known; then the token, or false where this phone has none.
export const token = signal(null);
// "unknown", "reached", "unreached", or "refused" where the token opens nothing any more.
export const reach = signal("unknown");

export class Refused extends Error {
  constructor(status, details) {
    super(details.detail || details.title || String(status));
    this.status = status;
  }
}

export class Unreached extends Error {}

// A link from `vigil device token` carries the token behind `#`, where no server's log sees it.
export async function findToken() {
  const given = new URLSearchParams(location.hash.slice(1)).get("token");
  if (given) {
    await writeFact("token", given);
    history.replaceState(null, "", location.pathname);
  }
  token.value = (await readFact("token")) ?? false;
}

export async function takeToken(given) {
  await writeFact("token", given);
  token.value = given;
  reach.value = "unknown";
}

async function answerOf(path, options) {
  try {
    return await fetch(`/api/v1/${path}`, {
      ...options,
      credentials: "omit",
      headers: { ...options.headers, Authorization: `Bearer ${token.value}` },
      signal: AbortSignal.timeout(PATIENCE_MS),
    });
  } catch {
    throw new Unreached();
  }
}

// Raises Unreached where trying again may help, Refused where it will not.
export async function speak(path, options = {}) {
  let answer;
  try {
    answer = await answerOf(path, options);
    if (answer.status >= 500 || answer.status === 429) throw new Unreached();
  } catch (error) {
    reach.value = "unreached";
    throw error;
  }
  reach.value = answer.status === 401 || answer.status === 403 ? "refused" : "reached";
  const said = await answer.json().catch(() => ({}));
  if (!answer.ok) throw new Refused(answer.status, said);
  return said;
}

export const send = (path, content, type) =>
  speak(path, { method: "POST", headers: { "Content-Type": type }, body: content });
