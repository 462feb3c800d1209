// Numbers with their units, as a technical reader expects them.
import { said } from "../words/words.js";

// As domain/units.py has them; a test holds the two alike. The body is JSON.
const UNITS = {
  "1": "", "%RH": "% RH", "%LEL": "% LEL", "%vol": "% vol", "degC": "°C", "degF": "°F", "deg": "°", "mmH2O": "mmH₂O",
  "m2": "m²", "m3": "m³", "m3/h": "m³/h", "m3/s": "m³/s", "m/s2": "m/s²", "um": "µm", "Ohm": "Ω", "kOhm": "kΩ",
  "MOhm": "MΩ", "uS/cm": "µS/cm", "ug/m3": "µg/m³", "mg/m3": "mg/m³", "kg/m3": "kg/m³", "W/m2": "W/m²",
  "dBA": "dB(A)"
};

export const unitOf = (unit) => UNITS[unit] ?? unit ?? "";

// Four significant digits are more than a sensor knows; trailing zeros are kept within a column's precision by the caller.
export function number(value) {
  if (value === null || value === undefined) return "–";
  const size = Math.abs(value);
  const digits = size >= 1000 ? 0 : size >= 100 ? 1 : size >= 1 ? 2 : size === 0 ? 0 : 3;
  return value.toFixed(digits);
}

// A state or a count has no unit and no decimals.
const bare = (value, unit) => unit === "1" && Number.isInteger(value);

// What a value is called where the point names its states, such as open and closed.
export const stateOf = (value, states) => (Number.isInteger(value) ? states?.[String(value)] : undefined);

export function quantity(value, unit, states = {}) {
  const state = stateOf(value, states);
  if (state) return said(state);
  if (bare(value, unit)) return String(value);
  const shown = unitOf(unit);
  return value === null || value === undefined || !shown ? number(value) : `${number(value)} ${shown}`;
}
