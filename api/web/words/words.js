// The page's words in the reader's language. `say("key")` for sentences, `term("priority", "high")` for what the API names.
import { language } from "../store/choices.js";
import enCompared from "./en_compared.js";
import enPage from "./en_page.js";
import enPhone from "./en_phone.js";
import enRecords from "./en_records.js";
import enTerms from "./en_terms.js";
import zhCompared from "./zh_compared.js";
import zhPage from "./zh_page.js";
import zhPhone from "./zh_phone.js";
import zhRecords from "./zh_records.js";
import zhTerms from "./zh_terms.js";

const TABLES = { en: { ...enPage, ...enPhone, ...enTerms, ...enCompared, ...enRecords }, zh: { ...zhPage, ...zhPhone, ...zhTerms, ...zhCompared, ...zhRecords } };

// `{name}` in a sentence is replaced by the value given under that name.
export function say(key, given = {}) {
  const sentence = TABLES[language.value][key] ?? key;
  return sentence.replace(/\{(\w+)\}/g, (whole, name) => (name in given ? String(given[name]) : whole));
}

// A member of one of the API's enumerations; one that this page does not know yet is shown as it is.
export function term(kind, member) {
  if (member === null || member === undefined) return "";
  return TABLES[language.value][`${kind}.${member}`] ?? String(member).replaceAll("_", " ");
}

// A text that comes in both languages: {en, zh}.
export function said(text) {
  return text ? text[language.value] || text.en || text.zh || "" : "";
}
