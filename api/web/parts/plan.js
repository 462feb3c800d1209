// The plan of a floor: doors, checkpoints and equipment where they stand, and the alarms on them.
import { html, useLayoutEffect, useMemo, useRef, useState } from "../view.js";
import { address } from "../app/router.js";
import { alarmsByPlace, unacked } from "../store/attention.js";
import { language } from "../store/choices.js";
import { doors, equipment, model, values } from "../store/live.js";
import { quantity } from "../format/number.js";
import { said, say, term } from "../words/words.js";
import { MarkShape } from "./mark.js";
import { fit, labelled, widthOf } from "./plan_layout.js";

function doorState(id) {
  return doors.value.get(id)?.state ?? "unknown";
}

// A door is drawn as it stands: closed is a bar across the frame, open swings out, unknown is a question.
function DoorSign({ id }) {
  const state = doorState(id);
  return html`<g class=${`sign door door-${state}`}>
    <rect x="-13" y="-13" width="26" height="26" rx="3" />
    ${state === "closed" && html`<path d="M-8 0H8M-8-5v10M8-5v10" />`}
    ${state === "open" && html`<path d="M-8 5V-5M8-5v10M-8 5 4-8" />`}
    ${state === "unknown" && html`<text y="5" text-anchor="middle">?</text>`}
  </g>`;
}

const SIGNS = {
  door: DoorSign,
  checkpoint: () => html`<g class="sign checkpoint"><circle r="12" /><path d="M-5 0l4 4 7-8" /></g>`,
  equipment: () => html`<g class="sign equipment"><rect x="-13" y="-13" width="26" height="26" rx="7" /><path d="M-7 4v-5M-2 4v-9M3 4v-3M8 4v-7" /></g>`,
};
const SCREEN = { door: "doors", equipment: "equipment", checkpoint: "tours" };

// What is worth reading beside the sign: a machine's first value, a door's state.
function saidBeside(thing) {
  if (thing.kind === "door") return term("door_state", doorState(thing.id));
  if (thing.kind !== "equipment") return "";
  const machine = equipment.value.find((one) => one.equipment === thing.id);
  const point = machine?.points.find((one) => one.unit !== "1") ?? machine?.points[0];
  const value = point && values.value.get(point.point);
  if (!value) return "";
  return value.stale ? say("value.stale") : quantity(value.value, point.unit, point.states);
}

function Thing({ thing, named }) {
  const list = alarmsByPlace.value.get(thing.id) ?? [];
  const alarm = list[0];
  const Sign = SIGNS[thing.kind];
  const name = said(thing.name);
  const beside = saidBeside(thing);
  const words = [name, beside, ...list.map((one) => `${term("priority", one.priority)}: ${said(one.name)}`)].filter(Boolean).join(" · ");
  const target = alarm ? address("alarms", alarm.id) : address(SCREEN[thing.kind], thing.kind === "checkpoint" ? null : thing.id);
  return html`<a href=${target} class=${`thing${alarm ? " alarmed" : ""}${named ? "" : " crowded"}`} transform=${`translate(${thing.x} ${thing.y})`} aria-label=${words}>
    <title>${words}</title>
    <circle class="reach" r="22" />
    <${Sign} id=${thing.id} />
    ${alarm && html`<g transform="translate(3 -29) scale(1.1)"><${MarkShape} priority=${alarm.priority} hollow=${!unacked(alarm)} /></g>`}
    <text class="thing-name" y="29" text-anchor="middle">${name}</text>
    ${beside && html`<text class="thing-value" y="45" text-anchor="middle">${beside}</text>`}
  </a>`;
}

// The room there is, in pixels.
function useRoom() {
  const box = useRef(null);
  const [room, setRoom] = useState(null);
  useLayoutEffect(() => {
    const measure = () => setRoom({ width: box.current.clientWidth, height: box.current.clientHeight });
    const observer = new ResizeObserver(measure);
    observer.observe(box.current);
    measure();
    return () => observer.disconnect();
  }, []);
  return [box, room];
}

const corners = (places) => places.map(({ x, y }) => `${x},${y}`).join(" ");

// A room whose name does not fit is named by the pointer.
function Area({ area }) {
  const name = said(model.value.zoneName(area.zone));
  return html`<g class="area"><title>${name}</title><polygon points=${corners(area.corners)} />
    ${widthOf(name) <= area.room && html`<text x=${area.x} y=${area.y}>${name}</text>`}</g>`;
}

function Drawing({ plan, room }) {
  const { width, height } = room;
  const drawn = useMemo(() => fit(plan, width, height), [plan, width, height]);
  const alarmed = (thing) => (alarmsByPlace.value.get(thing.id) ? 1 : 0);
  const named = useMemo(
    () => labelled([...drawn.things].sort((a, b) => alarmed(b) - alarmed(a)), (thing) => said(thing.name), width),
    [drawn, language.value, alarmsByPlace.value],
  );
  const label = say("plan.label", { zone: said(model.value.zoneName(plan.id)), n: plan.things.length });
  return html`<svg class="plan" width=${width} height=${height} role="group" aria-label=${label}>
    ${drawn.floor.length > 0 && html`<polygon class="floor" points=${corners(drawn.floor)} />`}
    ${drawn.areas.map((area) => html`<${Area} key=${area.zone} area=${area} />`)}
    ${drawn.things.map((thing) => html`<${Thing} key=${thing.id} thing=${thing} named=${named.has(thing.id)} />`)}
  </svg>`;
}

export function Plan({ plan }) {
  const [box, room] = useRoom();
  return html`<div class="plan-box" ref=${box}>${room && room.height > 0 && html`<${Drawing} plan=${plan} room=${room} />`}</div>`;
}
