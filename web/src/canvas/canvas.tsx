import {
  applyNodeChanges,
  Background,
  BackgroundVariant,
  ControlButton,
  Controls,
  MiniMap,
  type NodeChange,
  ReactFlow,
  type ReactFlowInstance,
} from "@xyflow/react";
import "@xyflow/react/dist/style.css";
import { Map as MapIcon } from "lucide-react";
import { type ReactNode, useCallback, useEffect, useMemo, useRef, useState } from "react";
import { createPortal } from "react-dom";
import type { Doc } from "@/graph/doc";
import type { Refusal, Spot } from "@/graph/edit";
import { unfolded } from "@/graph/fold";
import { colorOf } from "@/graph/kinds";
import { places } from "@/graph/layout";
import { inOrder } from "@/graph/order";
import { useText } from "@/i18n";
import { type CanvasActions, CanvasActionsContext } from "./actions";
import { FlowNode } from "./flow-node";
import { Follow } from "./follow";
import { useHandlers } from "./handlers";
import { tint } from "./look";
import { FrameNode, NoteNode } from "./marks";
import { type CanvasEdge, type CanvasNode, draw, type Marks, type Overlay } from "./model";
import { useRoutes } from "./routed";
import { Wire } from "./wire";

const nodeTypes = { flow: FlowNode, frame: FrameNode, note: NoteNode };
const edgeTypes = { wire: Wire };
const legible = 0.75;
const grid: [number, number] = [8, 8];
// It helps to find the way and hides as little as it can.
const mapSize = { width: 168, height: 112 };
const dockedSize = { width: 223, height: 136 };
const quiet = { hideAttribution: true };
const none: ReadonlyMap<string, Marks> = new Map();

export type CanvasView = ReactFlowInstance<CanvasNode, CanvasEdge>;

/** CanvasProps are what a canvas shows and what it tells. */
export interface CanvasProps {
  doc: Doc;
  selected: ReadonlySet<string>;
  onSelect: (nodes: ReadonlySet<string>, edges: ReadonlySet<string>) => void;
  marks?: ReadonlyMap<string, Marks>;
  overlay?: Overlay | undefined;
  spotlight?: ReadonlySet<string> | undefined;
  readOnly?: boolean;
  label: string;
  /** Nodes to bring into view whenever the list changes; at first those that the flow begins with. */
  focus?: readonly string[] | undefined;
  minimap?: boolean;
  /** Where the minimap stands when it is not to cover anything; without one the reader may let it stand on the canvas. */
  dock?: HTMLElement | null;
  /** Collapsed frames are drawn as one box. */
  folds?: boolean;
  onReady?: (view: CanvasView) => void;
  onMove?: (spots: Map<string, Spot>) => void;
  onConnect?: (from: string, port: string, to: string) => void;
  /** An end of an edge was led elsewhere. */
  onRewire?: (edge: string, from: string, port: string, to: string) => void;
  /** A wire was let go over a node that cannot take it. */
  onRefused?: (why: Refusal) => void;
  onWireDropped?: (from: string, port: string, at: Spot) => void;
  onDrop?: (kind: string, at: Spot) => void;
  onOpen?: (node: string) => void;
  onEmptyDoubleClick?: (at: Spot) => void;
  actions?: CanvasActions;
  children?: ReactNode;
}

/** Canvas draws a flow. It holds what is being dragged; everything else comes from the document and goes back as one change. */
export function Canvas(props: CanvasProps) {
  const { selected, marks = none, overlay, spotlight, readOnly = false, label, focus, minimap = true } = props;
  const { actions, children, folds = false, dock } = props;
  // What a run did is shown in every node, also in those that an author has put away.
  const doc = useMemo(() => (folds ? props.doc : unfolded(props.doc)), [folds, props.doc]);
  const { t, lang } = useText();
  const [nodes, setNodes] = useState<CanvasNode[]>([]);
  // On the canvas it covers nodes, so there it comes only when it is asked for.
  const [mapped, setMapped] = useState(() => localStorage.getItem("flowdesk.minimap"));
  const map = dock ? mapped !== "off" : mapped === "on";
  const [pickedEdges, setPickedEdges] = useState<ReadonlySet<string>>(new Set());
  const view = useRef<CanvasView>(null);
  const shown = useRef<{ nodes: CanvasNode[]; edges: CanvasEdge[] }>({ nodes: [], edges: [] });
  const routes = useRoutes(doc);
  const dragging = useRef(false);
  const { nodes: drawn, edges: wires } = useMemo(
    () => draw(doc, { lang, marks, overlay, spotlight, readOnly, routes }, shown.current),
    [doc, lang, marks, overlay, spotlight, readOnly, routes],
  );
  useEffect(() => {
    const picked = drawn.map((n) =>
      (n.selected ?? false) === selected.has(n.id) ? n : { ...n, selected: selected.has(n.id) },
    );
    if (!dragging.current) {
      shown.current = { nodes: picked, edges: wires };
      setNodes(picked);
    }
  }, [drawn, wires, selected]);
  const edges = useMemo(
    () => wires.map((e) => (pickedEdges.has(e.id) ? { ...e, selected: true, reconnectable: !readOnly } : e)),
    [wires, pickedEdges, readOnly],
  );
  const boxed = useRef<Set<string>>(undefined);
  const change = useCallback((changes: NodeChange<CanvasNode>[]) => {
    for (const c of changes) if (c.type === "select") boxed.current?.[c.selected ? "add" : "delete"](c.id);
    if (!changes.some((c) => c.type === "position" || c.type === "dimensions")) return;
    setNodes((before) => {
      const next = applyNodeChanges(
        changes.filter((c) => c.type === "position" || c.type === "dimensions"),
        before,
      );
      shown.current = { nodes: next, edges: shown.current.edges };
      return next;
    });
  }, []);
  // A flow opens where it begins, or at the node that the address names, at a size that can be read instead of whole and tiny.
  const [beginning] = useState(() => {
    const spots = places(doc);
    const [one] = selected.size === 1 ? selected : [];
    const named = spots.get(one ?? "");
    if (named) return { x: 200 - named.x * legible, y: 240 - named.y * legible, zoom: legible };
    const first = spots.get(inOrder(doc)[0]?.id ?? "") ?? { x: 0, y: 0 };
    return { x: 48 - first.x * legible, y: 120 - first.y * legible, zoom: legible };
  });
  const [ready, setReady] = useState(false);
  const handlers = useHandlers(props, { view, setReady, shown, dragging, boxed, setNodes, setPickedEdges });
  const labels = useMemo(
    () => ({
      "controls.ariaLabel": t("editor.zoom"),
      "controls.zoomIn.ariaLabel": t("editor.zoomIn"),
      "controls.zoomOut.ariaLabel": t("editor.zoomOut"),
      "controls.fitView.ariaLabel": t("editor.fit"),
      "minimap.ariaLabel": t("editor.minimap"),
      "handle.ariaLabel": t("editor.port"),
    }),
    [t],
  );
  return (
    <CanvasActionsContext.Provider value={actions ?? noActions}>
      <ReactFlow<CanvasNode, CanvasEdge>
        nodes={nodes}
        edges={edges}
        nodeTypes={nodeTypes}
        edgeTypes={edgeTypes}
        {...handlers}
        onNodesChange={change}
        edgesReconnectable={false}
        nodesDraggable={!readOnly}
        nodesConnectable={!readOnly}
        deleteKeyCode={null}
        selectionKeyCode="Shift"
        multiSelectionKeyCode={null}
        disableKeyboardA11y
        zoomOnDoubleClick={false}
        onlyRenderVisibleElements
        snapToGrid
        snapGrid={grid}
        minZoom={0.1}
        maxZoom={2}
        defaultViewport={beginning}
        proOptions={quiet}
        aria-label={label}
        ariaLabelConfig={labels}
      >
        <Background variant={BackgroundVariant.Dots} gap={16} size={1} color="var(--line)" />
        <Controls showInteractive={false} position="bottom-right">
          {minimap && (
            <ControlButton
              aria-label={t("editor.minimap")}
              title={t("editor.minimap")}
              aria-pressed={map}
              onClick={() => {
                localStorage.setItem("flowdesk.minimap", map ? "off" : "on");
                setMapped(map ? "off" : "on");
              }}
            >
              <MapIcon />
            </ControlButton>
          )}
        </Controls>
        {minimap && map && (dock ? createPortal(<Overview docked />, dock) : <Overview />)}
        {ready && <Follow nodes={focus} />}
        {children}
      </ReactFlow>
    </CanvasActionsContext.Provider>
  );
}

const noActions: CanvasActions = { mark: () => {}, resize: () => {}, addOnEdge: () => {} };

// Overview is the minimap: below the palette, or in a corner of the canvas.
function Overview({ docked = false }: { docked?: boolean }) {
  return (
    <MiniMap<CanvasNode>
      pannable
      zoomable
      position="bottom-left"
      bgColor="var(--surface)"
      maskColor="color-mix(in srgb, var(--bg) 70%, transparent)"
      className={docked ? "!static !m-0" : "overflow-hidden rounded-card border"}
      style={docked ? dockedSize : mapSize}
      nodeColor={minimapColor}
    />
  );
}

// It is one function for good: another one would draw the whole minimap anew.
function minimapColor(n: CanvasNode): string {
  if (n.type === "flow") return n.data.marks?.errors ? "var(--bad)" : colorOf(n.data.kind?.spec.family);
  return n.type === "frame" ? `color-mix(in srgb, ${tint(n.data.color)} 12%, transparent)` : "transparent";
}
