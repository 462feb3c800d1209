// Outbox: messages to people, what became of each attempt, and those that never arrived, to be sent again.
import { html, useEffect, useState } from "../view.js";
import { useKeys } from "../app/keys.js";
import { go, place } from "../app/router.js";
import { told } from "../store/live.js";
import { useReading } from "../store/patience.js";
import { command, read } from "../store/requests.js";
import { Age, Time } from "../format/time.js";
import { Facts, Panel } from "../parts/facts.js";
import { Refusal, Unread, useCommand } from "../parts/dialog.js";
import { Choices, Empty, List } from "../parts/list.js";
import { MessageState } from "./alarm_notifications.js";
import { say, term } from "../words/words.js";

const PAGE = 200;
const LOOK_AGAIN_MS = 5000;
const STATES = ["refused", "waiting", "sent"];

// Messages go out without a change of the stream, so the screen looks again while it is there.
function useTicks() {
  const [ticks, setTicks] = useState(0);
  useEffect(() => {
    const timer = setInterval(() => document.visibilityState === "visible" && setTicks((before) => before + 1), LOOK_AGAIN_MS);
    return () => clearInterval(timer);
  }, []);
  return [ticks, () => setTicks((before) => before + 1)];
}

function useMessages(state, ticks) {
  const [found, setFound] = useState({ items: [], next: null });
  const [pages, setPages] = useState(1);
  const problem = useReading(async (gone) => {
    const page = await read("outbox", { state, limit: Math.min(500, PAGE * pages) });
    if (!gone()) setFound({ ...page, state, loaded: true });
  }, [state, ticks, pages, told.value]);
  return [{ ...(found.state === state ? found : { items: [], next: null }), problem }, () => setPages(pages + 1)];
}

function Row({ message }) {
  return html`<span class="row-words"><b class="mono">${message.recipient || message.channel}</b><span class="quiet" lang="en">${message.detail || "–"}</span></span>
    <span class="row-state"><${MessageState} message=${message} /></span>
    <span class="row-age"><${Age} at=${message.created_at} /></span>`;
}

function Attempts({ attempts }) {
  if (attempts.length === 0) return html`<p class="quiet pad">${say("outbox.no_attempt")}</p>`;
  return html`<ol class="history">${attempts.map((attempt) => html`<li key=${attempt.number}><${Time} at=${attempt.at} />
    <span><b>${attempt.number}. ${say(`outbox.attempt_${attempt.verdict}`)}</b>${attempt.detail && html`<q lang="en">${attempt.detail}</q>`}</span></li>`)}</ol>`;
}

function Detail({ id, ticks, look }) {
  const [found, setFound] = useState({});
  const [send, busy, refused] = useCommand();
  const problem = useReading(async (gone) => {
    const detail = await read(`outbox/${id}`);
    if (!gone()) setFound(detail);
  }, [id, ticks]);
  const { message, attempts } = found;
  if (!message) return html`<div class="detail"><${Unread} problem=${problem} /></div>`;
  const resend = () => send(async () => {
    await command(`outbox/${id}/resend`, {});
    look();
  });
  return html`<div class="detail">
    <header class="detail-head"><div><h2 class="mono">${message.recipient || message.channel}</h2><p class="quiet"><${MessageState} message=${message} /></p></div></header>
    <div class="actions"><button type="button" class="main" disabled=${busy || message.state !== "refused"} onClick=${resend}>${say("outbox.resend")}</button>
      ${message.state !== "refused" && html`<span class="quiet hint">${say("outbox.resend_hint")}</span>`}
      <${Refusal} problem=${refused} /></div>
    <${Unread} problem=${problem} />
    <div class="detail-body">
      <${Panel} title=${say("outbox.message")}><${Facts} pairs=${[
        [term("thing", "channel"), html`<code>${message.channel}</code>`],
        [term("thing", "recipient"), message.recipient && html`<code>${message.recipient}</code>`],
        [say("orders.created"), html`<${Time} at=${message.created_at} />`],
        [say("outbox.next_attempt"), message.state === "waiting" && html`<${Time} at=${message.due} />`],
        [say("outbox.settled"), message.settled_at && html`<${Time} at=${message.settled_at} />`],
        [say("outbox.id"), html`<code>${message.id}</code>`],
      ]} /></${Panel}>
      <${Panel} title=${say("outbox.attempts_head")}><${Attempts} attempts=${attempts} /></${Panel}>
    </div>
  </div>`;
}

export function Outbox({ thing }) {
  const [state, setState] = useState("refused");
  const [ticks, look] = useTicks();
  const [found, more] = useMessages(state, ticks);
  useKeys({ Escape: thing && { say: "keys.back", run: () => go("outbox"), hidden: true } });
  return html`<div class=${`split${thing ? " has-chosen" : ""}`}>
    <section class="split-list" aria-label=${say("nav.outbox")}>
      <div class="tools"><${Choices} label=${say("alarms.which")} value=${state} change=${setState} options=${STATES.map((one) => [one, term("message_state", one)])} /></div>
      <${Unread} problem=${found.problem} />
      ${found.items.length === 0 ? found.loaded && html`<${Empty} title=${say(`outbox.none_${state}`)} hint=${say("outbox.none_hint")} />`
        : html`<${List} name="message" label=${say("nav.outbox")} items=${found.items} keyOf=${(message) => message.id} rowHeight=${54} chosen=${thing}
          choose=${(id) => go("outbox", id, { replace: place.value.thing !== null })} row=${(message) => html`<${Row} message=${message} />`} />`}
      ${found.next && found.items.length < 500 && html`<button type="button" class="load-more" onClick=${more}>${say("list.more")}</button>`}
    </section>
    <section class="split-detail" aria-label=${say("outbox.message")}>
      ${thing ? html`<${Detail} key=${thing} id=${thing} ticks=${ticks} look=${look} />` : html`<${Empty} title=${say("outbox.choose")} hint=${say("outbox.choose_hint")} />`}
    </section>
  </div>`;
}
