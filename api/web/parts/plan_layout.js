// Where things stand on a plan: metres of the configuration become pixels of the room there is.
// A plan has no walls to draw; a zone is shown as the area that its things take up.

const MARGIN = { x: 64, top: 46, bottom: 62 };
const PAD = { x: 44, top: 40, bottom: 46 };
// How much wider than long a metre may be drawn, to use the room: a plan is for finding things, not for measuring.
const STRETCH = 2;
const SIGN = 13;
const LETTER = { wide: 13.5, narrow: 7.2 };
const LINE = 15;

const cache = new WeakMap();

// The plans of a site, in the order of its zones: [{id, things}].
export function plansOf(site) {
  if (!cache.has(site)) {
    const byPlan = new Map();
    for (const thing of site.placed) {
      const plan = site.planOf(thing.zone);
      if (!byPlan.has(plan)) byPlan.set(plan, []);
      byPlan.get(plan).push(thing);
    }
    const order = [...site.zones.keys()];
    const plans = [...byPlan].map(([id, things]) => ({ id, things }));
    cache.set(site, plans.sort((a, b) => order.indexOf(a.id) - order.indexOf(b.id)));
  }
  return cache.get(site);
}

const spanOf = (numbers) => [Math.min(...numbers), Math.max(...numbers)];

// The plan drawn into `width` by `height` pixels. `nameOf` gives what is written beside a thing.
export function fit(plan, width, height, nameOf) {
  const [left, right] = spanOf(plan.things.map((thing) => thing.position.x));
  const [bottom, top] = spanOf(plan.things.map((thing) => thing.position.y));
  const room = { x: Math.max(80, width - 2 * MARGIN.x), y: Math.max(60, height - MARGIN.top - MARGIN.bottom) };
  const free = { x: right > left ? room.x / (right - left) : 0, y: top > bottom ? room.y / (top - bottom) : 0 };
  const scale = {
    x: free.y ? Math.min(free.x, STRETCH * free.y) : free.x,
    y: free.x ? Math.min(free.y, STRETCH * free.x) : free.y,
  };
  const origin = {
    x: MARGIN.x + (room.x - (right - left) * scale.x) / 2,
    y: MARGIN.top + (room.y - (top - bottom) * scale.y) / 2,
  };
  const things = plan.things.map((thing) => ({
    ...thing,
    x: Math.round(origin.x + (thing.position.x - left) * scale.x),
    y: Math.round(origin.y + (top - thing.position.y) * scale.y),
  }));
  return { things: withLabels(things, nameOf), areas: areasOf(plan.id, things) };
}

function areasOf(plan, things) {
  const inside = new Map();
  for (const thing of things) {
    if (thing.zone === plan) continue;
    if (!inside.has(thing.zone)) inside.set(thing.zone, []);
    inside.get(thing.zone).push(thing);
  }
  return [...inside].map(([zone, within]) => {
    const [left, right] = spanOf(within.map((thing) => thing.x));
    const [top, bottom] = spanOf(within.map((thing) => thing.y));
    return {
      zone,
      x: left - PAD.x, y: top - PAD.top,
      width: right - left + 2 * PAD.x, height: bottom - top + PAD.top + PAD.bottom,
    };
  });
}

const widthOf = (text) =>
  [...text].reduce((sum, letter) => sum + (letter.codePointAt(0) > 0x2e80 ? LETTER.wide : LETTER.narrow), 0);

const overlap = (a, b) => a.left < b.right && b.left < a.right && a.top < b.bottom && b.top < a.bottom;

const box = (x, y, width, height) => ({ left: x - width / 2, right: x + width / 2, top: y, bottom: y + height });

// Names that would be written over each other or over a sign are left for the pointer.
function withLabels(things, nameOf) {
  const taken = things.map((thing) => box(thing.x, thing.y - SIGN, 2 * SIGN, 2 * SIGN));
  return things.map((thing) => {
    const label = box(thing.x, thing.y + SIGN + 3, widthOf(nameOf(thing)), 2 * LINE);
    const free = !taken.some((other) => overlap(label, other));
    if (free) taken.push(label);
    return { ...thing, labelled: free };
  });
}
