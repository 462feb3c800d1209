// A site as configured, indexed: what a thing is called, where it is, and what belongs to what.

const byId = (things) => new Map(things.map((thing) => [thing.id, thing]));

function childrenOf(zones) {
  const children = new Map();
  for (const zone of zones) {
    const siblings = children.get(zone.parent) ?? [];
    siblings.push(zone);
    children.set(zone.parent, siblings);
  }
  return children;
}

export class SiteModel {
  constructor(site) {
    this.id = site.id;
    this.name = site.name;
    this.timezone = site.timezone;
    this.zones = byId(site.zones);
    this.children = childrenOf(site.zones);
    this.checkpoints = byId(site.checkpoints);
    this.doors = byId(site.doors);
    this.equipment = byId(site.equipment);
    this.points = byId(site.points);
    this.devices = byId(site.devices);
    this.people = byId(site.people);
    this.tours = byId(site.tours);
  }

  // The zone and all it lies in, innermost first.
  ancestry(zone) {
    const found = [];
    for (let at = this.zones.get(zone); at; at = this.zones.get(at.parent)) found.push(at);
    return found;
  }

  // The plan a zone is drawn on: its floor, or the outermost zone where there are no floors.
  planOf(zone) {
    const ancestry = this.ancestry(zone);
    const floor = ancestry.find((one) => one.storey !== null || one.kind === "floor");
    return (floor ?? ancestry.at(-1) ?? null)?.id ?? null;
  }

  // The zones drawn inside a plan: all below it, outer ones first.
  roomsOf(plan) {
    const found = [];
    const ahead = [...(this.children.get(plan) ?? [])];
    while (ahead.length > 0) {
      const zone = ahead.shift();
      if (this.planOf(zone.id) !== plan) continue;
      found.push(zone);
      ahead.push(...(this.children.get(zone.id) ?? []));
    }
    return found;
  }

  // A building's floors are listed as they stand, the highest first; other zones as configured.
  childrenOf(zone) {
    const children = this.children.get(zone) ?? [];
    const storey = (one) => one.storey ?? -Infinity;
    return children.some((one) => one.storey !== null) ? [...children].sort((a, b) => storey(b) - storey(a)) : children;
  }

  // The thing on a plan that an alarm is about, or null: equipment for a point, a checkpoint for a tour's stop.
  placeOf(subject) {
    switch (subject.kind) {
      case "point":
        return this.points.get(subject.id)?.equipment ?? null;
      case "tour_stop":
        return subject.id.slice(subject.id.indexOf("/") + 1);
      case "equipment_class":
        return null;
      default:
        return subject.id;
    }
  }

  // Everything that has a place on a plan.
  get placed() {
    const kinds = [["checkpoint", this.checkpoints], ["door", this.doors], ["equipment", this.equipment]];
    return kinds.flatMap(([kind, things]) =>
      [...things.values()].filter((thing) => thing.position).map((thing) => ({ kind, ...thing })),
    );
  }

  zoneName(zone) {
    return this.zones.get(zone)?.name ?? null;
  }
}
