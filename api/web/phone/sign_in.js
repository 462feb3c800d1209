// Making a phone known: by the link or QR code of `vigil device token`, or with the token typed here.
import { html, useState } from "../view.js";
import { LanguageButton } from "../app/choices.js";
import { say } from "../words/words.js";
import { refreshDay } from "./day.js";
import { sendWaiting } from "./queue.js";
import { reach, takeToken } from "./vigil.js";

// `reading`: there is a token, and the tours have not been read once yet.
export function SignIn({ reading = false }) {
  const [token, setToken] = useState("");
  const submit = async (event) => {
    event.preventDefault();
    await takeToken(token.trim());
    await refreshDay();
    sendWaiting();
  };
  const trouble = { unreached: say("phone.first_needs_net"), refused: say("phone.refused") }[reach.value];
  return html`<main class="alone">
    <h1>Vigil</h1>
    <p role="status">${reading ? trouble ?? say("phone.reading") : say("phone.sign_in")}</p>
    ${(!reading || reach.value === "refused") && html`<form onSubmit=${submit}>
      <label class="field"><span>${say("phone.token")}</span>
        <input type="password" autocomplete="off" required value=${token} onInput=${(event) => setToken(event.currentTarget.value)} /></label>
      <button class="main wide" type="submit">${say("signin.submit")}</button>
    </form>`}
    <${LanguageButton} />
  </main>`;
}
