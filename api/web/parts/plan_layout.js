// Where things stand on a plan: metres of the configuration become pixels of the room there is.
// Zones with an outline are drawn as they are; one without is shown as the area that its things take up.

const MARGIN = { x: 64, top: 46, bottom: 62 };
const OUTLINED_MARGIN = { x: 14, top: 14, bottom: 14 };
const PAD = { x: 44, top: 40, bottom: 46 };
// How much wider than long a metre may be drawn, to use the room: a plan is for finding things, not for measuring.
const STRETCH = 1.6;
const SIGN = 13;
const APART = 2 * SIGN + 5;
const LETTER = { wide: 13.5, narrow: 7.2 };
const LINE = 15;
// What a value beside a thing takes up.
const LEAST_LABEL = 64;

const cache = new WeakMap();

// The plans of a site, the highest floor first: [{id, things, outline, rooms}].
export function plansOf(site) {
  if (!cache.has(site)) {
    const byPlan = new Map([...site.zones.keys()].map((zone) => [site.planOf(zone), []]));
    for (const thing of site.placed) byPlan.get(site.planOf(thing.zone))?.push(thing);
    const order = [...site.zones.keys()];
    const storey = (id) => site.zones.get(id).storey ?? 0;
    const plans = [...byPlan]
      .map(([id, things]) => ({ id, things, outline: site.zones.get(id).outline, rooms: site.roomsOf(id) }))
      .filter((plan) => plan.things.length > 0);
    cache.set(site, plans.sort((a, b) => storey(b.id) - storey(a.id) || order.indexOf(a.id) - order.indexOf(b.id)));
  }
  return cache.get(site);
}

const spanOf = (numbers) => [Math.min(...numbers), Math.max(...numbers)];

// Metres to pixels: one scale for both ways, stretched a little where that fills the room.
function projection(places, margin, width, height) {
  const [left, right] = spanOf(places.map((place) => place.x));
  const [bottom, top] = spanOf(places.map((place) => place.y));
  const room = { x: Math.max(80, width - 2 * margin.x), y: Math.max(60, height - margin.top - margin.bottom) };
  const free = { x: right > left ? room.x / (right - left) : 0, y: top > bottom ? room.y / (top - bottom) : 0 };
  const scale = {
    x: free.y ? Math.min(free.x, STRETCH * free.y) : free.x,
    y: free.x ? Math.min(free.y, STRETCH * free.x) : free.y,
  };
  const origin = {
    x: margin.x + (room.x - (right - left) * scale.x) / 2,
    y: margin.top + (room.y - (top - bottom) * scale.y) / 2,
  };
  return (place) => ({
    x: Math.round(origin.x + (place.x - left) * scale.x),
    y: Math.round(origin.y + (top - place.y) * scale.y),
  });
}

// The plan drawn into `width` by `height` pixels.
export function fit(plan, width, height) {
  const outlined = plan.outline.length > 0;
  const corners = [...plan.outline, ...plan.rooms.flatMap((room) => room.outline)];
  const places = [...corners, ...plan.things.map((thing) => thing.position)];
  const project = projection(places, outlined ? OUTLINED_MARGIN : MARGIN, width, height);
  const things = apart(plan.things.map((thing) => ({ ...thing, ...project(thing.position) })), width);
  const areas = plan.rooms.map((room) => areaOf(room, things, project)).filter(Boolean);
  return { floor: plan.outline.map(project), areas, things };
}

// A room's corners and where its name stands; null where nothing says where it is.
function areaOf(room, things, project) {
  const inside = things.filter((thing) => thing.zone === room.id);
  const corners = room.outline.length > 0 ? room.outline.map(project) : boundsOf(inside);
  if (corners.length === 0) return null;
  const [left, right] = spanOf(corners.map((corner) => corner.x));
  return { zone: room.id, corners, x: left + 8, y: Math.min(...corners.map((corner) => corner.y)) + 17, room: right - left - 12 };
}

function boundsOf(inside) {
  if (inside.length === 0) return [];
  const [left, right] = spanOf(inside.map((thing) => thing.x));
  const [top, bottom] = spanOf(inside.map((thing) => thing.y));
  const [west, east, north, south] = [left - PAD.x, right + PAD.x, top - PAD.top, bottom + PAD.bottom];
  return [[west, north], [east, north], [east, south], [west, south]].map(([x, y]) => ({ x, y }));
}

export const widthOf = (text) =>
  [...text].reduce((sum, letter) => sum + (letter.codePointAt(0) > 0x2e80 ? LETTER.wide : LETTER.narrow), 0);

const overlap = (a, b) => a.left < b.right && b.left < a.right && a.top < b.bottom && b.top < a.bottom;

const box = (x, y, width, height) => ({ left: x - width / 2, right: x + width / 2, top: y, bottom: y + height });

// Signs that would hide each other are moved apart along the plan, a little at a time.
function apart(things, width) {
  for (let round = 0; round < 12; round += 1) {
    let moved = false;
    things.forEach((one, index) => {
      for (const other of things.slice(index + 1)) {
        const [across, down] = [other.x - one.x, other.y - one.y];
        if (Math.abs(across) >= APART || Math.abs(down) >= APART) continue;
        const push = Math.ceil((APART - Math.abs(across)) / 2);
        const way = across < 0 ? -1 : 1;
        one.x = Math.max(SIGN + 3, one.x - way * push);
        other.x = Math.min(width - SIGN - 3, other.x + way * push);
        moved = true;
      }
    });
    if (!moved) break;
  }
  return things;
}

// Whose names can be written: those that come first are asked first. Names that would be written over each other, over a
// sign or beyond the edge are left for the pointer.
export function labelled(things, nameOf, width) {
  const taken = things.map((thing) => box(thing.x, thing.y - SIGN, 2 * SIGN, 2 * SIGN));
  const found = new Set();
  for (const thing of things) {
    const label = box(thing.x, thing.y + SIGN + 3, Math.max(LEAST_LABEL, widthOf(nameOf(thing))), 2 * LINE);
    if (label.left < 0 || label.right > width || taken.some((other) => overlap(label, other))) continue;
    taken.push(label);
    found.add(thing.id);
  }
  return found;
}
