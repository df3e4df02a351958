import type { Connection, ReactFlowProps } from "@xyflow/react";
import { type Dispatch, type RefObject, type SetStateAction, useRef } from "react";
import { whyNotConnect } from "@/graph/edit";
import type { CanvasProps, CanvasView } from "./canvas";
import { type Carried, carriedBy, carry } from "./carry";
import type { CanvasEdge, CanvasNode } from "./model";
import { useSteady } from "./steady";

type Handlers = Pick<
  ReactFlowProps<CanvasNode, CanvasEdge>,
  | "onInit"
  | "onNodeDragStart"
  | "onNodeDrag"
  | "onNodeDragStop"
  | "onNodeClick"
  | "onNodeDoubleClick"
  | "onEdgeClick"
  | "onPaneClick"
  | "onSelectionStart"
  | "onSelectionEnd"
  | "onNodeContextMenu"
  | "onReconnect"
  | "onDoubleClick"
  | "onConnect"
  | "isValidConnection"
  | "onConnectEnd"
  | "onDragOver"
  | "onDrop"
>;

/** Held is what a canvas keeps while something is being done on it. */
export interface Held {
  view: RefObject<CanvasView | null>;
  /** Told when there is a view. */
  setReady: (ready: boolean) => void;
  /** Nodes as they stand on screen, dragged ones included. */
  shown: RefObject<{ nodes: CanvasNode[]; edges: CanvasEdge[] }>;
  dragging: RefObject<boolean>;
  /** Nodes in the box that is being drawn. */
  boxed: RefObject<Set<string> | undefined>;
  setNodes: Dispatch<SetStateAction<CanvasNode[]>>;
  setPickedEdges: (edges: ReadonlySet<string>) => void;
}

/** useHandlers is what the canvas does on events. The functions stay the same for good: with others the library would look at everything anew in each frame. */
export function useHandlers(props: CanvasProps, held: Held): Handlers {
  const { doc, selected, onSelect } = props;
  const { view, setReady, shown, dragging, boxed, setNodes, setPickedEdges } = held;
  const carried = useRef<Carried>(undefined);
  return useSteady<Handlers>({
    onInit: (instance) => {
      view.current = instance;
      setReady(true);
      props.onReady?.(instance);
    },
    onNodeDragStart: (_, node) => {
      dragging.current = true;
      carried.current = node.type === "frame" && !node.data.hides ? carry(node, shown.current.nodes) : undefined;
    },
    onNodeDrag: (_, node) => {
      const load = carried.current;
      if (load && node.id === load.frame) setNodes((before) => carriedBy(load, node.position, before));
    },
    onNodeDragStop: (_, __, moved) => {
      dragging.current = false;
      const load = carried.current;
      const frame = load && moved.find((n) => n.id === load.frame);
      const all = frame ? carriedBy(load, frame.position, shown.current.nodes) : [];
      const spots = new Map(all.filter((n) => load?.inside.has(n.id)).map((n) => [n.id, n.position]));
      for (const n of moved) spots.set(n.id, n.position);
      carried.current = undefined;
      props.onMove?.(spots);
    },
    onNodeClick: (e, node) =>
      onSelect(e.shiftKey || e.ctrlKey || e.metaKey ? toggled(selected, node.id) : new Set([node.id]), new Set()),
    onNodeDoubleClick: (_, node) => props.onOpen?.(node.id),
    onEdgeClick: (_, edge) => {
      setPickedEdges(new Set([edge.id]));
      onSelect(new Set(), new Set([edge.id]));
    },
    onPaneClick: () => {
      setPickedEdges(new Set());
      onSelect(new Set(), new Set());
    },
    onSelectionStart: () => {
      boxed.current = new Set();
    },
    onSelectionEnd: () => {
      const inside = boxed.current;
      boxed.current = undefined;
      if (inside && inside.size > 0) onSelect(inside, new Set());
    },
    onNodeContextMenu: (_, node) => {
      if (!selected.has(node.id)) onSelect(new Set([node.id]), new Set());
    },
    onReconnect: (edge, c) => {
      if (c.sourceHandle) props.onRewire?.(edge.id, c.source, c.sourceHandle, c.target);
    },
    onDoubleClick: (e) => {
      if ((e.target as HTMLElement).classList.contains("react-flow__pane") && view.current)
        props.onEmptyDoubleClick?.(view.current.screenToFlowPosition({ x: e.clientX, y: e.clientY }));
    },
    onConnect: (c: Connection) => {
      if (c.sourceHandle) props.onConnect?.(c.source, c.sourceHandle, c.target);
    },
    isValidConnection: (c) => whyNotConnect(doc, c.source, c.sourceHandle ?? "", c.target) === undefined,
    onConnectEnd: (e, state) => {
      const from = state.fromHandle;
      if (state.isValid || !from || from.type !== "source" || !view.current) return;
      const point = "changedTouches" in e ? e.changedTouches[0] : e;
      if (!point) return;
      const port = from.id ?? "out";
      // A wire may be let go anywhere on a node, not only on its small entry.
      const under = document.elementFromPoint(point.clientX, point.clientY);
      const over = under?.closest<HTMLElement>(".react-flow__node-flow")?.dataset.id;
      if (over === undefined) {
        const at = view.current.screenToFlowPosition({ x: point.clientX, y: point.clientY });
        props.onWireDropped?.(from.nodeId, port, at);
        return;
      }
      const why = whyNotConnect(doc, from.nodeId, port, over);
      if (why) props.onRefused?.(why);
      else props.onConnect?.(from.nodeId, port, over);
    },
    onDragOver: (e) => {
      e.preventDefault();
      e.dataTransfer.dropEffect = "copy";
    },
    onDrop: (e) => {
      e.preventDefault();
      const kind = e.dataTransfer.getData("application/x-flowdesk-kind");
      if (kind && view.current) props.onDrop?.(kind, view.current.screenToFlowPosition({ x: e.clientX, y: e.clientY }));
    },
  });
}

function toggled(set: ReadonlySet<string>, id: string): Set<string> {
  const next = new Set(set);
  if (!next.delete(id)) next.add(id);
  return next;
}
