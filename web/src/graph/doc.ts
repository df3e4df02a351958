import { clone, create, equals } from "@bufbuild/protobuf";
import {
  type Edge,
  EdgeSchema,
  type FlowDefinition,
  FlowDefinitionSchema,
  type FlowLayout,
  FlowLayoutSchema,
  type Node,
  NodeSchema,
} from "@gen/flowdesk/v1/definition_pb";

/** Doc is what an author edits: the definition and where things stand. It is never changed, only replaced. */
export interface Doc {
  readonly definition: FlowDefinition;
  readonly layout: FlowLayout;
}

/** docOf makes a document of a flow's parts; missing ones are empty. */
export function docOf(definition: FlowDefinition | undefined, layout: FlowLayout | undefined): Doc {
  return { definition: definition ?? create(FlowDefinitionSchema), layout: layout ?? create(FlowLayoutSchema) };
}

/** nodeOf is a node by its id. */
export function nodeOf(doc: Doc, id: string): Node | undefined {
  return doc.definition.nodes.find((node) => node.id === id);
}

/** portOf is the port that an edge leaves; unnamed it is out. */
export function portOf(edge: Edge): string {
  return edge.port || "out";
}

/** edgeId is the id of an edge: a port has at most one. */
export function edgeId(edge: Edge): string {
  return `${edge.from}:${portOf(edge)}`;
}

/** sameDoc tells whether two documents say the same, layout included. */
export function sameDoc(a: Doc, b: Doc): boolean {
  return a === b || (sameBehaviour(a, b) && (a.layout === b.layout || equals(FlowLayoutSchema, a.layout, b.layout)));
}

/** sameBehaviour tells whether two documents behave alike, wherever things stand. */
export function sameBehaviour(a: Doc, b: Doc): boolean {
  if (a === b || a.definition === b.definition) return true;
  const [mine, other] = [a.definition, b.definition];
  // Most nodes are the very same objects: only what was changed is looked into.
  return (
    mine.nodes.length === other.nodes.length &&
    mine.nodes.every((n, i) => n === other.nodes[i] || equals(NodeSchema, n, other.nodes[i] ?? n)) &&
    (mine.edges === other.edges ||
      (mine.edges.length === other.edges.length &&
        mine.edges.every((e, i) => e === other.edges[i] || equals(EdgeSchema, e, other.edges[i] ?? e)))) &&
    equals(FlowDefinitionSchema, { ...mine, nodes: [], edges: [] }, { ...other, nodes: [], edges: [] })
  );
}

/** withDefinition replaces parts of the definition. */
export function withDefinition(doc: Doc, change: Partial<FlowDefinition>): Doc {
  return { ...doc, definition: { ...doc.definition, ...change } };
}

/** withLayout replaces parts of the layout. */
export function withLayout(doc: Doc, change: Partial<FlowLayout>): Doc {
  return { ...doc, layout: { ...doc.layout, ...change } };
}

/** edge makes an edge. */
export function edge(from: string, port: string, to: string): Edge {
  return create(EdgeSchema, { from, port, to });
}

/** copyOf is a deep copy, for handing out. */
export function copyOf(doc: Doc): Doc {
  return { definition: clone(FlowDefinitionSchema, doc.definition), layout: clone(FlowLayoutSchema, doc.layout) };
}
