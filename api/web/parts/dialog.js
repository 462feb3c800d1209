// Dialogs and the forms in them: a command is sent, and if it is refused the reason is shown where it was asked for.
import { html, useEffect, useRef, useState } from "../view.js";
import { passes } from "../store/patience.js";
import { say } from "../words/words.js";

export function Dialog({ title, close, children, wide = false }) {
  const box = useRef(null);
  useEffect(() => {
    const before = document.activeElement;
    box.current.showModal();
    return () => before instanceof HTMLElement && before.focus();
  }, []);
  return html`<dialog ref=${box} class=${wide ? "wide" : ""} aria-label=${title} onClose=${close}
    onClick=${(event) => event.target === box.current && close()}>
    <header><h2>${title}</h2><button type="button" class="bare" aria-label=${say("dialog.close")} onClick=${close}>✕</button></header>
    ${children}
  </dialog>`;
}

// What the API said against it, in its own words; the title where it gave no more.
export function Refusal({ problem }) {
  if (!problem) return null;
  const sentence =
    problem.status === 0 ? say("problem.unreachable") : problem.message || problem.title || say("problem.unknown");
  return html`<p class="refusal" role="alert"><strong>${say("problem.refused")}</strong> ${sentence}
    ${problem.code && html` <code>${problem.code}</code>`}</p>`;
}

// That something could not be read, why, and whether it is tried again.
export function Unread({ problem }) {
  if (!problem) return null;
  const sentence = problem.status === 0 ? say("problem.silent") : problem.message || problem.title || say("problem.unknown");
  return html`<p class="refusal" role="alert"><strong>${say("problem.unread")}</strong> ${sentence}
    ${problem.code && html` <code>${problem.code}</code>`} ${passes(problem) && say("problem.again")}</p>`;
}

// Sends a command once at a time: [send, busy, problem].
export function useCommand() {
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState(null);
  const send = async (run) => {
    if (busy) return false;
    setBusy(true);
    setProblem(null);
    try {
      await run();
      return true;
    } catch (refused) {
      setProblem(refused);
      return false;
    } finally {
      setBusy(false);
    }
  };
  return [send, busy, problem];
}

// A form that runs one command and closes when it was carried out.
export function CommandForm({ title, submit, close, run, children }) {
  const [send, busy, problem] = useCommand();
  const onSubmit = async (event) => {
    event.preventDefault();
    if (await send(() => run(new FormData(event.currentTarget)))) close();
  };
  return html`<${Dialog} title=${title} close=${close}>
    <form onSubmit=${onSubmit}>
      ${children}
      <${Refusal} problem=${problem} />
      <footer>
        <button type="button" onClick=${close}>${say("dialog.cancel")}</button>
        <button type="submit" class="main" disabled=${busy}>${submit}</button>
      </footer>
    </form>
  </${Dialog}>`;
}

export function Field({ label, children }) {
  return html`<label class="field"><span>${label}</span>${children}</label>`;
}
