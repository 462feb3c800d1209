// Who was told of an alarm, when, by which channel and what came of it; or why not, or not yet.
import { html, useEffect, useState } from "../view.js";
import { address } from "../app/router.js";
import { told } from "../store/live.js";
import { useReading } from "../store/patience.js";
import { read } from "../store/requests.js";
import { Time } from "../format/time.js";
import { Chip, Panel } from "../parts/facts.js";
import { Unread } from "../parts/dialog.js";
import { say, term } from "../words/words.js";

const WAITING_MS = 5000;
const TONES = { waiting: "warn", refused: "bad" };

const waits = ({ items = [] }) => items.some((item) => item.message?.state === "waiting");

// That a message went out is no change of the stream: while one waits, the page looks again.
function useNotifications(id, version) {
  const [found, setFound] = useState({});
  const [asked, setAsked] = useState(0);
  const problem = useReading(async (gone) => {
    const { items } = await read(`alarms/${id}/notifications`, { limit: 50 });
    if (!gone()) setFound({ items });
  }, [id, version, asked]);
  useEffect(() => {
    if (!waits(found)) return undefined;
    const timer = setTimeout(() => setAsked((before) => before + 1), WAITING_MS);
    return () => clearTimeout(timer);
  }, [found]);
  return { ...found, problem };
}

export function MessageState({ message }) {
  const state = term("message_state", message.state);
  return html`<${Chip} tone=${TONES[message.state]}>${state}</${Chip}>
    ${message.attempts > 1 && html` <span class="quiet">${say("outbox.attempts", { n: message.attempts })}</span>`}`;
}

function Told({ notification, message }) {
  return html`<li><${Time} at=${notification.at} />
    <span><b>${term("notify_reason", notification.reason)}</b>${notification.recipient && html` · <span class="mono">${notification.recipient}</span>`}
      ${notification.due && !notification.notice && html` <span class="quiet">${say("outbox.due")} <${Time} at=${notification.due} /></span>`}
      ${message && html` <a href=${address("outbox", message.id)}><${MessageState} message=${message} /></a>`}
      ${message?.detail && message.state !== "sent" && html`<q lang="en">${message.detail}</q>`}</span>
  </li>`;
}

export function Notifications({ alarm }) {
  const { items, problem } = useNotifications(alarm.id, `${alarm.version} ${told.value.get(alarm.id)}`);
  return html`<${Panel} title=${say("alarm.notifications")}>
    <${Unread} problem=${problem} />
    ${items?.length === 0 && html`<p class="quiet pad">${say("alarm.nobody_told")}</p>`}
    ${items?.length > 0 && html`<ol class="history">${items.map((item, index) => html`<${Told} key=${index} ...${item} />`)}</ol>`}
  </${Panel}>`;
}
