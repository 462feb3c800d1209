// Follows the live stream. One tab of a browser listens for all of them: whoever holds the lock; when it closes, the next
// one goes on from where it is. Where the browser has no locks (plain HTTP), each tab listens for itself.
import { effect } from "../view.js";
import { heard, heardBeat, link, silentFor, tick } from "./connection.js";
import * as live from "./live.js";
import { noteUnread } from "./patience.js";
import { knowSession, session } from "./requests.js";

const CHANGES = [
  "alarm_changed", "incident_changed", "mode_changed", "flood_changed", "work_order_changed", "tour_run_changed",
  "door_changed", "device_changed", "quarantine_added", "configuration_applied", "log_entry_added", "notification_decided", "notification_due", "message_resent",
  "patrol_proposal_changed", "undecided_changed",
];
const FIRST_WAIT_MS = 500;
const LONGEST_WAIT_MS = 15000;
const ASLEEP_MS = 15000;
const VALUES_MS = 5000;

const channel = new BroadcastChannel("vigil-live");

// Other tabs may look at another site; each keeps what concerns its own.
function tell(message) {
  channel.postMessage(message);
  receive(message);
}

function receive({ kind, data }) {
  switch (kind) {
    case "change":
      heard();
      live.take(data);
      break;
    case "beat":
      // Another tab has signed in, or the session was there all the time.
      if (session.value === false) knowSession().catch(() => {});
      wakeUp();
      heardBeat(data);
      break;
    case "link":
      link.value = data;
      break;
    case "resync":
      resync();
      break;
  }
}

channel.onmessage = (event) => receive(event.data);

let resyncing = false;

// Reads the whole picture again; tries until it succeeds, because a half-current picture looks calm.
export async function resync() {
  if (resyncing || !live.siteId.value) return;
  resyncing = true;
  try {
    await live.loadSite(live.siteId.value);
  } catch {
    setTimeout(resync, 2 * FIRST_WAIT_MS);
  } finally {
    resyncing = false;
  }
}

// The first word after a long silence (sleep, a restarted Vigil): changes may be missing in a tab that was frozen.
function wakeUp() {
  if (silentFor() > ASLEEP_MS) resync();
}

class Listener {
  #source = null;
  #wait = FIRST_WAIT_MS;
  #timer = null;

  start() {
    this.#connect();
    // A connection can die without a word, and a sleeping machine tells nobody.
    setInterval(() => {
      if (this.#source && silentFor() > ASLEEP_MS) this.#again();
    }, 5000);
  }

  #connect() {
    this.#timer = null;
    const place = live.position.value === null ? "" : `?after=${live.position.value}`;
    const source = new EventSource(`/api/v1/stream${place}`);
    this.#source = source;
    source.addEventListener("heartbeat", (event) => {
      const data = JSON.parse(event.data);
      this.#wait = FIRST_WAIT_MS;
      tell({ kind: "link", data: "open" });
      tell({ kind: "beat", data });
    });
    for (const name of CHANGES) {
      source.addEventListener(name, (event) => tell({ kind: "change", data: JSON.parse(event.data) }));
    }
    source.addEventListener("resync", () => tell({ kind: "resync" }));
    source.addEventListener("reconnect", () => this.#again(0));
    source.onerror = () => this.#failed();
  }

  async #failed() {
    this.#close();
    tell({ kind: "link", data: "down" });
    try {
      await knowSession();
    } catch {
      // Nothing answers: that is what "down" says.
    }
    this.#again();
  }

  #again(wait = this.#wait * (0.75 + Math.random() / 2)) {
    this.#close();
    if (this.#timer !== null) return;
    this.#wait = Math.min(LONGEST_WAIT_MS, this.#wait * 2);
    this.#timer = setTimeout(() => (session.value === false ? this.#whenSignedIn() : this.#connect()), wait);
  }

  #whenSignedIn() {
    const stop = effect(() => {
      if (session.value) {
        queueMicrotask(() => stop());
        this.#connect();
        resync();
      }
    });
  }

  #close() {
    this.#source?.close();
    this.#source = null;
  }
}

function refreshValues() {
  if (document.visibilityState !== "visible") return;
  live.refreshValues().then(() => noteUnread("unread.values", null), (problem) => noteUnread("unread.values", problem));
}

export function follow() {
  setInterval(tick, 1000);
  setInterval(refreshValues, VALUES_MS);
  document.addEventListener("visibilitychange", () => {
    tick();
    refreshValues();
  });
  if (navigator.locks) navigator.locks.request("vigil-live", () => new Promise(() => new Listener().start()));
  else new Listener().start();
}
