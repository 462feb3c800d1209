// The way in: a one-time link from the terminal, or the token typed here.
import { html } from "../view.js";
import { Field, Refusal, useCommand } from "../parts/dialog.js";
import { signIn } from "../store/requests.js";
import { say } from "../words/words.js";
import { LanguageButton } from "./choices.js";

export function SignIn({ signedIn }) {
  const [send, busy, problem] = useCommand();
  const submit = async (event) => {
    event.preventDefault();
    const token = new FormData(event.currentTarget).get("token");
    if (await send(() => signIn(token))) signedIn();
  };
  return html`<main class="alone">
    <h1>Vigil</h1>
    <form onSubmit=${submit} class="sign-in">
      <p>${say("signin.link")}</p>
      <${Field} label=${say("signin.token")}>
        <input name="token" type="password" required autocomplete="current-password" autofocus />
      </${Field}>
      <${Refusal} problem=${problem} />
      <footer><${LanguageButton} /><button class="main" type="submit" disabled=${busy}>${say("signin.submit")}</button></footer>
    </form>
  </main>`;
}
