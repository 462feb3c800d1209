// Buttons for what the reader chooses: language and theme.
import { html } from "../view.js";
import { language, switchLanguage, switchTheme, theme } from "../store/choices.js";
import { say } from "../words/words.js";

export function LanguageButton() {
  const other = language.value === "en" ? "中文" : "English";
  return html`<button type="button" class="bare" lang=${language.value === "en" ? "zh-CN" : "en"} onClick=${switchLanguage}
    title=${`${say("keys.language")} (l)`}>${other}</button>`;
}

export function ThemeButton() {
  const words = say(theme.value === "dark" ? "theme.to_light" : "theme.to_dark");
  return html`<button type="button" class="bare" aria-label=${words} title=${`${words} (t)`} onClick=${switchTheme}>
    ${theme.value === "dark" ? "☀" : "☾"}</button>`;
}
