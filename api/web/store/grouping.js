// How the list of alarms is grouped: what belongs to one incident stands under it, the most urgent incident first.
import { computed } from "../view.js";
import { moreUrgent, setAside, urgentFirst } from "./attention.js";
import { incidents } from "./live.js";

// What stands for others comes before them; then what came first.
const parentFirst = (a, b) =>
  b.inhibits - a.inhibits || (a.latest.raised_at < b.latest.raised_at ? -1 : a.latest.raised_at > b.latest.raised_at ? 1 : moreUrgent(a, b));

// An incident of one alarm that hides none is that alarm.
const isPlain = (incident, members) => !incident || (members.length === 1 && incident.suppressed === 0);

// [{ incident, members }] in the order of their most urgent alarm; `incident` is null where an alarm stands alone.
export const groups = computed(() => {
  const found = new Map();
  for (const alarm of urgentFirst.value) {
    const key = incidents.value.has(alarm.latest.incident) ? alarm.latest.incident : alarm.id;
    if (!found.has(key)) found.set(key, []);
    found.get(key).push(alarm);
  }
  return [...found].map(([key, members]) => {
    const incident = incidents.value.get(key);
    return isPlain(incident, members) ? { incident: null, members } : { incident, members: [...members].sort(parentFirst) };
  });
});

// The rows to show: each incident, and its alarms beneath where it is opened.
export function rowsOf(list, opened) {
  return list.flatMap(({ incident, members }) => {
    if (!incident) return members.map((alarm) => ({ id: alarm.id, alarm }));
    const head = { id: incident.id, incident, members };
    return opened.has(incident.id) ? [head, ...members.map((alarm) => ({ id: alarm.id, alarm, inside: true }))] : [head];
  });
}

// Incidents in which something stands for others, and what operators themselves put aside.
export const asideRows = computed(() => [
  ...[...incidents.value.values()].filter((incident) => incident.suppressed > 0).map((incident) => ({ id: incident.id, incident, members: [] })),
  ...setAside.value.map((alarm) => ({ id: alarm.id, alarm })),
]);
