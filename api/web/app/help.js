// The list of keys that hold on this screen.
import { html } from "../view.js";
import { Dialog } from "../parts/dialog.js";
import { say } from "../words/words.js";
import { current } from "./keys.js";

export function Help({ close }) {
  const bindings = [...current()].filter(([, binding]) => !binding.hidden);
  return html`<${Dialog} title=${say("help.title")} close=${close}>
    <dl class="keys">${bindings.map(([key, binding]) => html`<div key=${key}><dt><kbd>${key}</kbd></dt><dd>${say(binding.say)}</dd></div>`)}
      <div><dt><kbd>Esc</kbd></dt><dd>${say("keys.close")}</dd></div>
    </dl>
    <p class="quiet">${say("help.more")}</p>
    <p><a href="/reference/" target="_blank" rel="noopener">${say("help.reference")}</a></p>
  </${Dialog}>`;
}
