// The live picture of one site: read whole, then kept current by changes. What it means is decided elsewhere.
import { batch, computed, signal } from "../view.js";
import { readForAll } from "./patience.js";
import { read } from "./requests.js";
import { SiteModel } from "./site_model.js";
import { said } from "../words/words.js";

export const sites = signal([]);
export const siteId = signal(null);
// The site that alarms of Vigil's own bear.
export const ownSite = signal(null);
export const model = signal(null);
export const configuration = signal(null);

export const alarms = signal(new Map());
// Those with something standing.
export const incidents = signal(new Map());
// Modes of places that are in force.
export const modes = signal(new Map());
// The flood of alarms that is going on, or null.
export const flood = signal(null);
export const orders = signal(new Map());
export const runs = signal(new Map());
export const doors = signal(new Map());
export const equipment = signal([]);
export const devices = signal(new Map());
export const values = signal(new Map());
export const people = signal(new Map());
export const quarantined = signal(0);
// How many entries of the operators' log have come while the page is open.
export const logged = signal(0);
export const proposed = signal(0);
// How often it changed what rules cannot be decided while the page is open.
export const doubted = signal(0);
// Alarm -> position of the latest decision about telling somebody of it.
export const told = signal(new Map());

// Up to where the stream's changes are in the picture.
export const position = signal(null);

const keyed = (items, id) => new Map(items.map((item) => [item[id], item]));

// What another alarm stands for is no part of the picture: it is read under its incident. What a mode suppresses is.
export const standing = (alarm) =>
  (alarm.is_standing || alarm.acknowledgement === "unacked") && (alarm.inhibition === "free" || alarm.inhibited_mode !== null);
const ENDED_ORDER = new Set(["closed", "cancelled"]);
const QUIET_MS = 50;

let waiting = [];
let timer = null;
let reading = 0;

export async function loadSites() {
  sites.value = (await read("sites")).items;
  return sites.value;
}

// Reads everything of a site anew; what changes meanwhile is kept and applied on top.
export async function loadSite(site) {
  reading += 1;
  const mine = reading;
  const [picture, configured] = await Promise.all([read(`sites/${site}/live`), read(`sites/${site}`)]);
  if (mine !== reading) return;
  batch(() => {
    siteId.value = site;
    ownSite.value = picture.own_site;
    model.value = new SiteModel(configured);
    configuration.value = picture.configuration;
    alarms.value = keyed(picture.alarms, "id");
    incidents.value = keyed(picture.incidents, "id");
    modes.value = keyed(picture.modes, "id");
    orders.value = keyed(picture.orders, "id");
    runs.value = keyed(picture.tours, "id");
    doors.value = keyed(picture.doors, "door");
    devices.value = keyed(picture.devices, "device");
    equipment.value = picture.equipment;
    values.value = keyed(picture.equipment.flatMap((machine) => machine.points), "point");
    people.value = new Map([...people.value, ...Object.entries(picture.people)]);
    position.value = Math.max(picture.position, position.value ?? 0);
  });
  readForAll("unread.flood", () => readFlood(site, picture.at));
}

// The same for as long as it takes; meanwhile the page says that it shows what was.
export function loadSitePatiently(site) {
  readForAll("unread.site", () => loadSite(site));
}

// A flood that began before the page was opened; the stream tells of its end.
async function readFlood(site, at) {
  const [start, end] = [-1000, 1000].map((around) => new Date(Date.parse(at) + around).toISOString());
  const { floods } = await read("alarm-figures", { site, start, end });
  if (site !== siteId.value) return;
  flood.value = floods.find(({ ended_at: ended }) => ended === null) ?? null;
}

export async function refreshValues() {
  const site = siteId.value;
  if (!site) return;
  const picture = await read(`sites/${site}/values`);
  if (site === siteId.value) values.value = keyed(picture.points, "point");
}

// Takes one change of the stream. Changes are gathered for a moment: a burst is drawn once.
export function take(change) {
  waiting.push(change);
  timer ??= setTimeout(applyWaiting, QUIET_MS);
}

// A command's answer is newer than the picture: show it without waiting for the stream.
export function takeAlarm(alarm) {
  take({ position: 0, body: { type: "alarm_changed", alarm } });
}

export function takeIncident(incident) {
  take({ position: 0, body: { type: "incident_changed", incident } });
}

export function takeMode(mode) {
  take({ position: 0, body: { type: "mode_changed", mode } });
}

export function takeOrder(order) {
  take({ position: 0, body: { type: "work_order_changed", order } });
}

function applyWaiting() {
  const changes = waiting;
  waiting = [];
  timer = null;
  const draft = new Draft();
  for (const change of changes) draft.apply(change);
  batch(() => draft.publish());
}

// Whether an alarm or incident is of this site, or Vigil's own and about this site or about all.
const concernsHere = ({ site, concerns }) =>
  site === siteId.value || (site === ownSite.value && (concerns === null || concerns === siteId.value));

// Where an alarm is: its zone, or Vigil itself.
export const placeName = (alarm) => (alarm.site === ownSite.value ? "Vigil" : said(model.value.zoneName(alarm.zone)));

// A stream's repeat may be older than what a command's answer showed already.
const newer = (known, thing) => !known || thing.version >= known.version;

class Draft {
  #changed = new Map();
  #position = position.value ?? 0;
  #flood = null;
  #reload = false;

  apply({ position: at, body }) {
    this.#position = Math.max(this.#position, at);
    const here = siteId.value;
    switch (body.type) {
      case "alarm_changed":
        if (concernsHere(body.alarm)) this.#put(alarms, body.alarm.id, body.alarm, standing(body.alarm));
        break;
      case "incident_changed":
        if (concernsHere(body.incident)) this.#put(incidents, body.incident.id, body.incident, body.incident.state === "open");
        break;
      case "mode_changed":
        if (body.mode.site === here) this.#put(modes, body.mode.id, body.mode, body.mode.state === "in_force");
        break;
      case "flood_changed":
        this.#flood = body.flood;
        break;
      case "work_order_changed":
        if (body.order.site === here) this.#put(orders, body.order.id, body.order, !ENDED_ORDER.has(body.order.state));
        break;
      case "tour_run_changed":
        if (body.run.site === here) this.#put(runs, body.run.id, body.run, true);
        break;
      case "door_changed":
        if (body.site === here) this.#merge(doors, body.door, body);
        break;
      case "device_changed":
        if (body.site === here) this.#merge(devices, body.device, body);
        break;
      case "quarantine_added":
        quarantined.value += 1;
        break;
      case "notification_decided":
        this.#of(told).set(body.decided.alarm, at);
        break;
      case "notification_due":
        for (const { alarm } of body.notice.items) this.#of(told).set(alarm, at);
        break;
      case "message_resent":
        this.#of(told);
        break;
      case "log_entry_added":
        if (body.entry.site === here) logged.value += 1;
        break;
      case "patrol_proposal_changed":
        if (body.proposal.site !== here) break;
        proposed.value += 1;
        // Other tours hold than before.
        if (body.proposal.state !== "proposed" && body.proposal.state !== "refused") this.#reload = true;
        break;
      case "undecided_changed":
        if (body.undecided.site === here) doubted.value += 1;
        break;
      case "configuration_applied":
        this.#reload ||= body.digest !== configuration.value;
        break;
    }
  }

  publish() {
    for (const [store, map] of this.#changed) store.value = map;
    position.value = this.#position;
    if (this.#flood) flood.value = this.#flood.ended_at ? null : this.#flood;
    if (this.#reload) loadSitePatiently(siteId.value);
    const unnamed = unknownPeople();
    if (unnamed.length > 0) learnNames(unnamed);
  }

  #of(store) {
    if (!this.#changed.has(store)) this.#changed.set(store, new Map(store.value));
    return this.#changed.get(store);
  }

  #put(store, id, thing, keep) {
    const map = this.#of(store);
    if (!newer(map.get(id), thing)) return;
    if (keep) map.set(id, thing);
    else map.delete(id);
  }

  #merge(store, id, body) {
    const map = this.#of(store);
    const known = map.get(id);
    if (known) map.set(id, { ...known, ...body });
  }
}

const asked = new Set();

function unknownPeople() {
  const mentioned = [
    ...[...alarms.value.values()].flatMap((alarm) => [alarm.acknowledged_by, alarm.assignee]),
    ...[...orders.value.values()].map((order) => order.assignee),
    ...[...modes.value.values()].map((mode) => mode.begun_by),
    ...[...doors.value.values()].map((door) => door.person),
    ...[...runs.value.values()].flatMap((run) => run.stops.map((stop) => stop.officer)),
  ];
  return [...new Set(mentioned)].filter((id) => id && !people.value.has(id) && !asked.has(id));
}

const MOST_NAMES = 200;
const wanted = new Set();

// Looks names up once; who has none is shown by id.
export function learnNames(ids) {
  const fresh = ids.filter((id) => id && !people.value.has(id) && !asked.has(id));
  if (fresh.length === 0) return;
  for (const id of fresh) {
    asked.add(id);
    wanted.add(id);
  }
  readForAll("unread.names", readNames);
}

async function readNames() {
  while (wanted.size > 0) {
    const some = [...wanted].slice(0, MOST_NAMES);
    const query = some.map((id) => `id=${encodeURIComponent(id)}`).join("&");
    const found = (await read(`people?${query}`)).items;
    some.forEach((id) => wanted.delete(id));
    people.value = new Map([...people.value, ...found.map((person) => [person.id, person.name])]);
  }
}

export const personName = (id) => (id ? people.value.get(id) ?? id : "");

export const todaysRuns = computed(() => [...runs.value.values()].sort((a, b) => (a.starts_at < b.starts_at ? -1 : 1)));
