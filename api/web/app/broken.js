// What is shown before there is a picture: waiting for Vigil, or a Vigil without any site.
import { html } from "../view.js";
import { link } from "../store/connection.js";
import { say } from "../words/words.js";

export function Broken() {
  const down = link.value === "down";
  return html`<main class="alone" aria-busy=${!down}>
    <h1>Vigil</h1>
    <p role="status">${say(down ? "start.unreachable" : "start.loading")}</p>
    ${down && html`<p class="quiet">${say("start.unreachable_hint")}</p>`}
  </main>`;
}
