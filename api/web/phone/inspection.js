// What an inspection asks at a checkpoint: typed answers, and a photograph where something is wrong.
import { html, useState } from "../view.js";
import { said, say } from "../words/words.js";
import { checkpoints, clock } from "./day.js";
import { smaller } from "./photo.js";
import { draft, finishDraft } from "./proof.js";

function YesNo({ question, answer, set }) {
  return html`<fieldset><legend>${said(question.text)}</legend><div class="choices">
    ${[true, false].map((value) => html`<button key=${value} type="button" aria-pressed=${answer === value}
      onClick=${() => set(value)}>${say(value ? "phone.yes" : "phone.no")}</button>`)}</div></fieldset>`;
}

function Choice({ question, answer, set }) {
  return html`<fieldset><legend>${said(question.text)}</legend><div class="choices">
    ${question.choices.map((value) => html`<button key=${value} type="button" aria-pressed=${answer === value}
      onClick=${() => set(value)}>${value}</button>`)}</div></fieldset>`;
}

const Measured = ({ question, answer, set }) => html`<label class="field">
  <span>${said(question.text)}${question.unit && ` (${question.unit})`}</span>
  <input type="number" step="any" inputmode="decimal" value=${answer ?? ""}
    onInput=${({ currentTarget }) => set(currentTarget.value === "" ? undefined : currentTarget.valueAsNumber)} /></label>`;

const Words = ({ question, answer, set }) => html`<label class="field"><span>${said(question.text)}</span>
  <textarea rows="2" maxlength="1000" value=${answer ?? ""} onInput=${({ currentTarget }) => set(currentTarget.value || undefined)}></textarea></label>`;

const INPUTS = { yes_no: YesNo, choice: Choice, number: Measured, text: Words };

// What a number is outside of, in words; an answer that fails is sent all the same, and opens a work order.
function outside({ type, low, high }, answer) {
  if (type !== "number" || answer === undefined) return null;
  if (low !== null && answer < low) return say("phone.below", { limit: low });
  if (high !== null && answer > high) return say("phone.above", { limit: high });
  return null;
}

function Photo({ photo, setPhoto }) {
  const [trouble, setTrouble] = useState(false);
  const take = async (event) => {
    try {
      setPhoto(await smaller(event.currentTarget.files[0]));
      setTrouble(false);
    } catch {
      setTrouble(true);
    }
  };
  return html`<label class="field photo"><span>${say("phone.photo")}</span>
    <input type="file" accept="image/*" capture="environment" onChange=${take} />
    <span role="status">${trouble ? say("phone.no_picture") : photo ? say("phone.photo_taken", { n: Math.ceil(photo.byteLength / 1024) }) : ""}</span></label>`;
}

export function Inspection() {
  const [answers, setAnswers] = useState({});
  const [photo, setPhoto] = useState(null);
  const { at, body } = draft.value;
  const checkpoint = checkpoints.value.get(body.checkpoint);
  const questions = checkpoint?.questions ?? [];
  const given = Object.fromEntries(Object.entries(answers).filter(([, value]) => value !== undefined && !Number.isNaN(value)));
  const submit = (event) => {
    event.preventDefault();
    finishDraft(given, photo);
  };
  return html`<form class="inspection" onSubmit=${submit}>
    <h1>${said(checkpoint?.name) || body.checkpoint} <span class="quiet">${say("phone.done_at", { at: clock(at) })}</span></h1>
    ${questions.map((question) => {
      const Input = INPUTS[question.type];
      const set = (value) => setAnswers((known) => ({ ...known, [question.id]: value }));
      return html`<div key=${question.id}><${Input} question=${question} answer=${answers[question.id]} set=${set} />
        <p class="outside" role="status">${outside(question, answers[question.id])}</p></div>`;
    })}
    <${Photo} photo=${photo} setPhoto=${setPhoto} />
    <p class="quiet">${say("phone.answered", { done: Object.keys(given).length, all: questions.length })}</p>
    <button type="submit" class="main wide">${say("phone.send")}</button>
  </form>`;
}
