// The API to read and to try: Swagger UI over Vigil's own description, from Vigil's own files.
import { html, render } from "../view.js";
import { read } from "../store/requests.js";
import { say } from "../words/words.js";

const place = document.getElementById("reference");

const Words = ({ text }) => html`<main class="swagger-ui"><div class="wrapper"><p>${text}</p><p><a href="/">Vigil</a></p></div></main>`;

// The library is a script that is no module: it names itself on the window.
function library() {
  return new Promise((done, failed) => {
    const script = document.createElement("script");
    script.src = new URL("../vendor/swagger-ui.js", import.meta.url);
    script.onload = () => done(self.SwaggerUIBundle);
    script.onerror = failed;
    document.head.append(script);
  });
}

try {
  const [SwaggerUI, spec] = await Promise.all([library(), read(`openapi.json`)]);
  // Nothing is asked of anybody else: no validator, and requests go where this page came from.
  SwaggerUI({ spec, domNode: place, validatorUrl: null, deepLinking: true, docExpansion: "none" });
} catch (problem) {
  render(html`<${Words} text=${say(problem.status === 401 ? "reference.sign_in" : "problem.silent")} />`, place);
}
