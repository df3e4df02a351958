import { type Doc, nodeOf } from "./doc";
import { addFrame, changeMark, moveNodes, type Spot } from "./edit";
import { carriedAlong } from "./fold";
import { failed } from "./kinds";
import { places } from "./layout";
import type { Box } from "./size";
import { extentOf } from "./summary";

/** margin is the room between a frame and what stands in it; above there is its title. */
export const margin = 32;
/** title is the room at the top of a frame. */
export const title = 56;

/** boxOf is where a node stands, with its extent. */
export function boxOf(doc: Doc, id: string, spots = places(doc)): Box | undefined {
  const [node, spot] = [nodeOf(doc, id), spots.get(id)];
  if (!node || !spot) return undefined;
  return {
    ...spot,
    ...extentOf(
      node,
      doc.definition.edges.some((e) => e.from === id && e.port === failed),
    ),
  };
}

/** frameAround draws a frame around nodes. */
export function frameAround(doc: Doc, ids: ReadonlySet<string>, name: string): Doc {
  const spots = places(doc);
  const boxes = [...ids].flatMap((id) => boxOf(doc, id, spots) ?? []);
  if (boxes.length === 0) return doc;
  const [x, y] = [Math.min(...boxes.map((b) => b.x)) - margin, Math.min(...boxes.map((b) => b.y)) - title];
  const right = Math.max(...boxes.map((b) => b.x + b.width)) + margin;
  const bottom = Math.max(...boxes.map((b) => b.y + b.height)) + margin;
  return addFrame(doc, { x, y, width: right - x, height: bottom - y }, name);
}

/** moveAll moves nodes, frames and notes; a collapsed frame takes along what it hides. */
export function moveAll(doc: Doc, asked: ReadonlyMap<string, Spot>): Doc {
  const spots = carriedAlong(doc, asked);
  const nodes = new Map([...spots].filter(([id]) => nodeOf(doc, id)));
  let moved = nodes.size > 0 ? moveNodes(doc, nodes) : doc;
  for (const [id, spot] of spots) if (!nodes.has(id)) moved = changeMark(moved, id, spot);
  return moved;
}

/** align puts nodes on one line: their left edges, or their tops, at the smallest of them. */
export function align(doc: Doc, ids: ReadonlySet<string>, edge: "left" | "top"): Doc {
  const spots = [...places(doc)].filter(([id]) => ids.has(id));
  if (spots.length < 2) return doc;
  const least = Math.min(...spots.map(([, s]) => (edge === "left" ? s.x : s.y)));
  return moveNodes(
    doc,
    new Map(spots.map(([id, s]) => [id, edge === "left" ? { ...s, x: least } : { ...s, y: least }])),
  );
}

/** spread gives nodes equal gaps between the first and the last of them, across or down. */
export function spread(doc: Doc, ids: ReadonlySet<string>, way: "across" | "down"): Doc {
  const known = places(doc);
  const boxes = [...ids].flatMap((id) => {
    const box = boxOf(doc, id, known);
    return box ? [{ id, box }] : [];
  });
  const at = (b: Box) => (way === "across" ? b.x : b.y);
  const extent = (b: Box) => (way === "across" ? b.width : b.height);
  boxes.sort((a, b) => at(a.box) - at(b.box));
  const [first, last] = [boxes[0], boxes.at(-1)];
  if (!first || !last || boxes.length < 3) return doc;
  const room = at(last.box) + extent(last.box) - at(first.box) - boxes.reduce((sum, b) => sum + extent(b.box), 0);
  let place = at(first.box);
  const moved = new Map<string, Spot>();
  for (const { id, box } of boxes) {
    moved.set(id, way === "across" ? { x: place, y: box.y } : { x: box.x, y: place });
    place += extent(box) + room / (boxes.length - 1);
  }
  return moveNodes(doc, moved);
}
