// What needs attention first, and how that adds up by zone.
import { computed } from "../view.js";
import { alarms, devices, doors, model, orders, runs, values } from "./live.js";

export const PRIORITIES = ["critical", "high", "medium", "low"];
const rank = new Map(PRIORITIES.map((priority, index) => [priority, index]));

export const unacked = (alarm) => alarm.acknowledgement === "unacked";

// Unacknowledged before acknowledged, what still holds before what is over, then by priority, then the newest.
export function moreUrgent(a, b) {
  return (
    unacked(b) - unacked(a) ||
    rank.get(a.priority) - rank.get(b.priority) ||
    (b.condition !== "inactive") - (a.condition !== "inactive") ||
    (a.latest.raised_at < b.latest.raised_at ? 1 : -1)
  );
}

// What operators are asked to act on, and what was put aside: shelved, out of service, or another alarm stands for it.
export const urgentFirst = computed(() =>
  [...alarms.value.values()].filter((alarm) => !alarm.is_suppressed).sort(moreUrgent),
);
export const setAside = computed(() => [...alarms.value.values()].filter((alarm) => alarm.is_suppressed).sort(moreUrgent));

export function worst(list) {
  return list.reduce((found, alarm) => (!found || moreUrgent(alarm, found) < 0 ? alarm : found), null);
}

// Zone id (null: the site itself) -> its standing alarms, those of the zones inside it included.
export const alarmsByZone = computed(() => {
  const found = new Map([[null, []]]);
  const site = model.value;
  if (!site) return found;
  for (const alarm of urgentFirst.value) {
    for (const zone of site.ancestry(alarm.zone)) {
      if (!found.has(zone.id)) found.set(zone.id, []);
      found.get(zone.id).push(alarm);
    }
    found.get(null).push(alarm);
  }
  return found;
});

// Thing on a plan -> its standing alarms.
export const alarmsByPlace = computed(() => {
  const found = new Map();
  const site = model.value;
  if (!site) return found;
  for (const alarm of urgentFirst.value) {
    const place = site.placeOf(alarm.subject);
    if (!found.has(place)) found.set(place, []);
    found.get(place).push(alarm);
  }
  return found;
});

const count = (things, test) => things.reduce((sum, thing) => sum + (test(thing) ? 1 : 0), 0);

export const counts = computed(() => {
  const standing = urgentFirst.value;
  const deviceList = [...devices.value.values()];
  const doorList = [...doors.value.values()];
  return {
    alarms: standing.length,
    unacked: count(standing, unacked),
    byPriority: PRIORITIES.map((priority) => count(standing, (alarm) => alarm.priority === priority)),
    unackedByPriority: PRIORITIES.map((priority) =>
      count(standing, (alarm) => alarm.priority === priority && unacked(alarm)),
    ),
    orders: orders.value.size,
    offline: count(deviceList, (device) => device.online === false),
    devicesUnknown: count(deviceList, (device) => device.online === null),
    devices: deviceList.length,
    doorsOpen: count(doorList, (door) => door.state === "open"),
    doorsUnknown: count(doorList, (door) => door.state === "unknown"),
    doors: doorList.length,
    stalePoints: count([...values.value.values()], (value) => value.stale),
    points: values.value.size,
    running: count([...runs.value.values()], (run) => run.state === "in_progress"),
  };
});
