// The page's beginning: who is signed in, which site, then the live picture and the shell around the screens.
import { effect, html, render } from "./view.js";
import { Shell } from "./app/shell.js";
import { SignIn } from "./app/sign_in.js";
import { Broken } from "./app/broken.js";
import { showChoices } from "./store/choices.js";
import { link } from "./store/connection.js";
import { loadSite, loadSites, model, siteId, sites } from "./store/live.js";
import { knowSession, session } from "./store/requests.js";
import { follow } from "./store/stream.js";

const FIRST_WAIT_MS = 500;
const LONGEST_WAIT_MS = 8000;

function rememberedSite() {
  try {
    return localStorage.getItem("vigil-site");
  } catch {
    return null;
  }
}

// Both are asked at once; without a session the sites are refused, and that is no failure.
function unlessSignedOut(problem) {
  if (problem.status !== 401) throw problem;
  return [];
}

async function begin() {
  const [, known] = await Promise.all([knowSession(), loadSites().catch(unlessSignedOut)]);
  if (!session.value) return;
  const wanted = rememberedSite();
  const first = known.find((site) => site.id === wanted) ?? known[0];
  if (first) await loadSite(first.id);
}

// Tries until Vigil answers; what it answers without a session is the sign-in.
async function beginPatiently(wait = FIRST_WAIT_MS) {
  try {
    await begin();
    if (session.value) follow();
  } catch {
    link.value = "down";
    setTimeout(() => beginPatiently(Math.min(LONGEST_WAIT_MS, wait * 2)), wait);
  }
}

function Page() {
  if (session.value === false) return html`<${SignIn} signedIn=${() => siteId.value ?? beginPatiently()} />`;
  if (!model.value) return html`<${Broken} empty=${session.value && sites.value.length === 0 && link.value !== "down"} />`;
  return html`<${Shell} />`;
}

showChoices();
effect(() => {
  if (!siteId.value) return;
  try {
    localStorage.setItem("vigil-site", siteId.value);
  } catch {
    // Then the first site is shown the next time.
  }
});
render(html`<${Page} />`, document.getElementById("vigil"));
beginPatiently();
