// What this browser's user chose: language, theme. Kept in the browser, where it is allowed to.
import { effect, signal } from "../view.js";

function kept(name, allowed, otherwise) {
  let value = null;
  try {
    value = localStorage.getItem(`vigil-${name}`);
  } catch {
    // Storage may be forbidden; then the choice lasts as long as the page.
  }
  const choice = signal(allowed.includes(value) ? value : otherwise);
  effect(() => {
    const chosen = choice.value;
    try {
      localStorage.setItem(`vigil-${name}`, chosen);
    } catch {
      // As above.
    }
  });
  return choice;
}

export const LANGUAGES = ["en", "zh"];
const spoken = (navigator.language ?? "").toLowerCase().startsWith("zh") ? "zh" : "en";
const light = matchMedia("(prefers-color-scheme: light)").matches;

export const language = kept("language", LANGUAGES, spoken);
export const theme = kept("theme", ["dark", "light"], light ? "light" : "dark");

export function switchLanguage() {
  language.value = language.value === "en" ? "zh" : "en";
}

export function switchTheme() {
  theme.value = theme.value === "dark" ? "light" : "dark";
}

export function showChoices() {
  effect(() => {
    document.documentElement.lang = language.value === "zh" ? "zh-CN" : "en";
    document.documentElement.dataset.theme = theme.value;
  });
}
