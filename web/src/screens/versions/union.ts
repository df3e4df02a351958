import { create } from "@bufbuild/protobuf";
import { NodePositionSchema } from "@gen/flowdesk/v1/definition_pb";
import { type Doc, edgeId } from "@/graph/doc";
import { places } from "@/graph/layout";

/** union is the newer flow together with what it no longer has, so that both can be seen on one canvas. Nodes are the same when their ids are. */
export function union(older: Doc, newer: Doc): Doc {
  const alive = new Set(newer.definition.nodes.map((n) => n.id));
  const gone = older.definition.nodes.filter((n) => !alive.has(n.id));
  const wired = new Set(newer.definition.edges.map(edgeId));
  const spots = new Map(places(newer));
  const before = places(older);
  for (const node of gone) {
    const spot = before.get(node.id);
    if (spot) spots.set(node.id, spot);
  }
  return {
    definition: {
      ...newer.definition,
      nodes: [...newer.definition.nodes, ...gone],
      edges: [
        ...newer.definition.edges,
        ...older.definition.edges.filter(
          (e) => !wired.has(edgeId(e)) && gone.some((n) => n.id === e.from || n.id === e.to),
        ),
      ],
    },
    layout: {
      ...newer.layout,
      positions: [...spots].map(([node, { x, y }]) => create(NodePositionSchema, { node, x, y })),
    },
  };
}
