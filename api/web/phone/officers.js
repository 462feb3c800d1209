// Who carries this phone now: asked at the beginning of a shift, and changed from the list of what waits.
import { html } from "../view.js";
import { LanguageButton } from "../app/choices.js";
import { say } from "../words/words.js";
import { chooseOfficer, day } from "./day.js";

export function Officers() {
  const officers = day.value.officers;
  return html`<main class="alone">
    <h1>${say("phone.who")}</h1>
    ${officers.length === 0 && html`<p>${say("phone.no_officers")}</p>`}
    ${officers.map(({ id, name }) => html`<button key=${id} type="button" class="wide" onClick=${() => chooseOfficer(id)}>${name}</button>`)}
    <${LanguageButton} />
  </main>`;
}
