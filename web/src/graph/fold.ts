import { type Doc, withLayout } from "./doc";
import type { Spot } from "./edit";
import { homes, whole } from "./homes";
import { places } from "./layout";

/** foldedSize is how wide and high a collapsed frame is drawn. */
export const foldedSize = { width: 240, height: 72 };
/** foldedPort is how far below its top wires come in and leave. */
export const foldedPort = 36;

const known = new WeakMap<Doc, ReadonlyMap<string, string>>();
const nothing: ReadonlyMap<string, string> = new Map();

/** folded are the nodes, notes and frames that are not drawn, each with the outermost collapsed frame around it. */
export function folded(doc: Doc): ReadonlyMap<string, string> {
  const closed = new Set(doc.layout.frames.filter((f) => f.collapsed).map((f) => f.id));
  if (closed.size === 0) return nothing;
  const before = known.get(doc);
  if (before) return before;
  const home = homes(doc);
  const found = new Map<string, string>();
  for (const id of home.keys()) {
    let outermost: string | undefined;
    for (let at = home.get(id); at !== undefined && at !== whole; at = home.get(at)) if (closed.has(at)) outermost = at;
    if (outermost) found.set(id, outermost);
  }
  known.set(doc, found);
  return found;
}

/** unfolded is the same flow with all frames open, or those of them that are named. */
export function unfolded(doc: Doc, only?: ReadonlySet<string>): Doc {
  const opens = (f: { id: string; collapsed: boolean }) => f.collapsed && (!only || only.has(f.id));
  if (!doc.layout.frames.some(opens)) return doc;
  return withLayout(doc, { frames: doc.layout.frames.map((f) => (opens(f) ? { ...f, collapsed: false } : f)) });
}

/** revealed is the same flow with the frames open that hide something. */
export function revealed(doc: Doc, id: string): Doc {
  let shown = doc;
  for (let frame = folded(shown).get(id); frame; frame = folded(shown).get(id))
    shown = unfolded(shown, new Set([frame]));
  return shown;
}

/** carriedAlong are places to move to, with what collapsed frames among them take along. */
export function carriedAlong(doc: Doc, spots: ReadonlyMap<string, Spot>): ReadonlyMap<string, Spot> {
  const inside = folded(doc);
  if (inside.size === 0) return spots;
  const marks = [...doc.layout.frames, ...doc.layout.notes];
  const at = new Map<string, Spot>([...places(doc), ...marks.map((m) => [m.id, m] as const)]);
  const all = new Map(spots);
  for (const [id, frame] of inside) {
    const [to, from, own] = [spots.get(frame), at.get(frame), at.get(id)];
    if (to && from && own && !spots.has(id)) all.set(id, { x: own.x + to.x - from.x, y: own.y + to.y - from.y });
  }
  return all;
}
