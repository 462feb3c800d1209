// From a tag to a scan: the moment counts when the tag is read, also where questions are answered after it.
import { signal } from "../view.js";
import { go } from "../app/router.js";
import { readFact, writeFact } from "./database.js";
import { checkpoints, officer } from "./day.js";
import { position } from "./position.js";
import { observe } from "./queue.js";

// A scan whose questions are not answered yet; it is stored, so that it is there when the browser opens again.
export const draft = signal(null);
// What the officer is told last: {words, tone, at}.
export const notice = signal(null);

export const tell = (key, given = {}, tone = "good") => {
  notice.value = { key, given, tone };
};

export async function loadDraft() {
  draft.value = (await readFact("draft")) ?? null;
}

// Sends the stored scan with the answers and the photograph there are.
export async function finishDraft(answers = {}, photo = null) {
  const { at, body } = draft.value;
  const said = Object.keys(answers).length > 0 ? { answers } : {};
  await observe("scan", { ...body, ...said }, { at, photo, forget: "draft" });
  draft.value = null;
  tell("phone.scanned", { checkpoint: body.checkpoint, at });
}

export async function prove(checkpoint, method) {
  const at = new Date().toISOString();
  if (draft.value) await finishDraft();
  const body = { officer: officer.value, checkpoint, method, ...position() };
  navigator.vibrate?.(80);
  if ((checkpoints.value.get(checkpoint)?.questions.length ?? 0) > 0) {
    await writeFact("draft", { at, body });
    draft.value = { at, body };
  } else {
    await observe("scan", body, { at });
    tell("phone.scanned", { checkpoint, at });
  }
  go("tours");
}
