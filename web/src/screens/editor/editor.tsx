import type { Flow } from "@gen/flowdesk/v1/resource_flow_pb";
import { useCallback, useMemo, useRef, useState } from "react";
import { useSearchParams } from "react-router";
import type { CanvasActions } from "@/canvas/actions";
import { Canvas, type CanvasView } from "@/canvas/canvas";
import type { Marks } from "@/canvas/model";
import { type Doc, edgeId, nodeOf, portOf } from "@/graph/doc";
import {
  addFrame,
  addNode,
  addNote,
  changeMark,
  connect,
  disconnect,
  moveNodes,
  removeNodes,
  type Spot,
  splice,
} from "@/graph/edit";
import { type Kind, kindNamed, portsOf } from "@/graph/kinds";
import { places, tidy } from "@/graph/layout";
import { copyText, pasteText } from "@/graph/text";
import { useText } from "@/i18n";
import { copyText as toClipboard } from "@/parts/copy";
import { toast } from "@/parts/toast";
import { cn } from "@/ui/cn";
import { Conflict } from "./conflict";
import type { Draft } from "./draft";
import { Find } from "./find";
import { Header, type View } from "./header";
import { Inspector } from "./inspector";
import { useKeys } from "./keys";
import { Outline } from "./outline";
import { Palette } from "./palette";
import { Problems } from "./problems";
import { QuickAdd, type QuickAddAt } from "./quick-add";
import { Shortcuts } from "./shortcuts";
import { Source } from "./source";
import { useFindings } from "./validate";

const nobody: ReadonlySet<string> = new Set();

/** Editor draws, checks and publishes a flow. Everything that changes the document is one undoable step here. */
export function Editor({ draft, flow }: { draft: Draft; flow: Flow }) {
  const { t } = useText();
  const [params, setParams] = useSearchParams();
  const doc = draft.history.now;
  const picked = params.get("node");
  // A link to a node opens the canvas there; from then on the author moves it.
  const [opened] = useState(() => (picked ? [picked] : undefined));
  const [selected, setSelected] = useState<ReadonlySet<string>>(() => (picked ? new Set([picked]) : nobody));
  const [edges, setEdges] = useState<ReadonlySet<string>>(nobody);
  const [adding, setAdding] = useState<QuickAddAt>();
  const [finding, setFinding] = useState(false);
  const [found, setFound] = useState<ReadonlySet<string>>();
  const [help, setHelp] = useState(false);
  const [focusField, setFocusField] = useState<string>();
  const view = useRef<CanvasView>(null);
  const findings = useFindings(doc);
  const show = (params.get("view") ?? (window.innerWidth < 768 ? "outline" : "canvas")) as View;

  const marks = useMemo(() => {
    const all = new Map<string, Marks>();
    for (const f of findings.diagnostics) {
      if (!f.node) continue;
      const mark = all.get(f.node) ?? { errors: 0, warnings: 0 };
      all.set(
        f.node,
        f.severity === 1 ? { ...mark, errors: mark.errors + 1 } : { ...mark, warnings: mark.warnings + 1 },
      );
    }
    return all;
  }, [findings.diagnostics]);

  const select = useCallback(
    (nodes: ReadonlySet<string>, wires: ReadonlySet<string> = nobody) => {
      setSelected(nodes);
      setEdges(wires);
      const [one] = nodes.size === 1 ? nodes : [];
      setParams(
        (before) => {
          one ? before.set("node", one) : before.delete("node");
          return before;
        },
        { replace: true },
      );
    },
    [setParams],
  );
  const reveal = useCallback((id: string) => {
    const spot = view.current?.getNode(id);
    if (spot && view.current)
      void view.current.fitView({
        nodes: [{ id }],
        maxZoom: Math.max(0.8, Math.min(1, view.current.getZoom())),
        duration: 150,
        padding: 0.6,
      });
  }, []);
  const open = useCallback(
    (id: string, field?: string) => {
      select(new Set([id]));
      setFocusField(field);
      reveal(id);
    },
    [select, reveal],
  );
  const edit = draft.edit;
  const middle = (): Spot => {
    const box = document.querySelector(".react-flow")?.getBoundingClientRect();
    return box && view.current
      ? view.current.screenToFlowPosition({ x: box.x + box.width / 2 - 120, y: box.y + box.height / 2 - 40 })
      : { x: 0, y: 0 };
  };
  const add = (kind: Kind, where?: QuickAddAt) => {
    const spots = places(doc);
    const after = where?.after ?? (selected.size === 1 ? freePort(doc, [...selected][0] ?? "") : undefined);
    if (where?.onEdge) {
      const wire = doc.definition.edges.find((e) => edgeId(e) === where.onEdge);
      if (!wire) return;
      const [a, b] = [spots.get(wire.from), spots.get(wire.to)];
      const at = a && b ? { x: (a.x + b.x) / 2, y: (a.y + b.y) / 2 } : middle();
      const put = splice(doc, kind, wire.from, portOf(wire), wire.to, at);
      edit(put.doc, t("editor.step.add"));
      open(put.id);
      return;
    }
    const beside = after && spots.get(after.node);
    const at = where?.at ?? (beside ? { x: beside.x + 336, y: beside.y } : middle());
    const put = addNode(doc, kind, at, after);
    edit(put.doc, t("editor.step.add"));
    select(new Set([put.id]));
  };
  const remove = (heal = false) => {
    if (edges.size > 0) edit(disconnect(doc, edges), t("editor.step.disconnect"));
    else if (selected.size > 0)
      edit(removeNodes(doc, selected, heal), t("editor.step.remove", { count: selected.size }));
    select(nobody);
  };
  const copy = async () => {
    if (selected.size > 0 && (await toClipboard(copyText(doc, selected))))
      toast(t("editor.copied", { count: selected.size }));
  };
  const paste = (text: string) => {
    const pasted = pasteText(doc, text, middle());
    if (!pasted) return false;
    edit(pasted.doc, t("editor.step.paste"));
    select(pasted.ids);
    return true;
  };
  const arrange = () => {
    const only = selected.size > 1 ? selected : undefined;
    edit(moveNodes(doc, tidy(doc, only)), t("editor.step.tidy"));
  };
  const frame = () => {
    const spots = [...places(doc)].filter(([id]) => selected.has(id)).map(([, s]) => s);
    if (spots.length === 0) return;
    const [x, y] = [Math.min(...spots.map((s) => s.x)) - 24, Math.min(...spots.map((s) => s.y)) - 48];
    edit(
      addFrame(
        doc,
        {
          x,
          y,
          width: Math.max(...spots.map((s) => s.x)) + 264 - x,
          height: Math.max(...spots.map((s) => s.y)) + 144 - y,
        },
        t("editor.frame"),
      ),
      t("editor.step.frame"),
    );
  };
  const actions: CanvasActions = {
    mark: (id, change) => edit(changeMark(doc, id, change), t("editor.step.mark"), `mark:${id}`),
    resize: (id, box) => edit(changeMark(doc, id, box), t("editor.step.mark")),
    addOnEdge: (edge) => setAdding({ onEdge: edge }),
  };
  const keys = useKeys({
    undo: draft.undo,
    redo: draft.redo,
    copy: () => void copy(),
    cut: () => void copy().then(() => remove()),
    duplicate: () => paste(copyText(doc, selected)),
    paste,
    remove,
    add: () => setAdding({}),
    all: () => select(new Set(doc.definition.nodes.map((n) => n.id))),
    find: () => setFinding(true),
    tidy: arrange,
    frame,
    note: () => edit(addNote(doc, middle(), ""), t("editor.step.note")),
    fit: () => void view.current?.fitView({ duration: 150 }),
    zoom: (by) => void view.current?.zoomTo(by === 0 ? 1 : (view.current?.getZoom() ?? 1) * by, { duration: 100 }),
    save: () => void draft.flush(),
    help: () => setHelp(true),
    escape: () => {
      select(nobody);
      setFound(undefined);
    },
    walk: (way) => {
      const [from] = selected;
      const next = walk(doc, from, way);
      if (next) open(next);
    },
    rename: () => setFocusField("name"),
    configure: () =>
      document.querySelector<HTMLElement>("#inspector input, #inspector textarea, #inspector select")?.focus(),
  });
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: the keys of the canvas work anywhere in the editor but in a field
    <div className="flex h-full flex-col" onKeyDown={keys.onKeyDown} onPaste={keys.onPaste} onCopy={keys.onCopy}>
      <Header
        draft={draft}
        flow={flow}
        findings={findings}
        view={show}
        onView={(next) =>
          setParams(
            (before) => {
              before.set("view", next);
              return before;
            },
            { replace: true },
          )
        }
        onTidy={arrange}
        onFind={() => setFinding(true)}
        onHelp={() => setHelp(true)}
        onNote={() => edit(addNote(doc, middle(), ""), t("editor.step.note"))}
        onReplace={(next: Doc) => edit(next, t("editor.step.import"))}
      />
      {finding && (
        <Find
          doc={doc}
          onFound={setFound}
          onOpen={open}
          onClose={() => {
            setFinding(false);
            setFound(undefined);
          }}
        />
      )}
      <div className="flex min-h-0 flex-1">
        {show === "canvas" && <Palette onAdd={(kind) => add(kind)} />}
        <div className="relative flex min-w-0 flex-1 flex-col">
          {show === "canvas" && (
            // biome-ignore lint/a11y/noNoninteractiveTabindex: the canvas takes keys of its own
            <section className="min-h-0 flex-1 outline-none" aria-label={t("editor.canvas")} tabIndex={0} data-canvas>
              <Canvas
                doc={doc}
                label={t("editor.canvas")}
                selected={selected}
                onSelect={select}
                marks={marks}
                focus={opened}
                spotlight={found}
                actions={actions}
                onReady={(ready) => {
                  view.current = ready;
                }}
                onMove={(spots) => edit(moveAll(doc, spots), t("editor.step.move"))}
                onConnect={(from, port, to) => edit(connect(doc, from, port, to), t("editor.step.connect"))}
                onWireDropped={(node, port, at) => setAdding({ after: { node, port }, at })}
                onDrop={(name, at) => {
                  const kind = kindNamed(name);
                  if (kind) add(kind, { at });
                }}
                onOpen={(id) => open(id)}
                onEmptyDoubleClick={(at) => setAdding({ at })}
              />
            </section>
          )}
          {show === "outline" && (
            <Outline
              doc={doc}
              marks={marks}
              selected={selected}
              onSelect={(id) => open(id)}
              onEdit={edit}
              onAdd={(after) => setAdding(after ? { after } : {})}
            />
          )}
          {show === "source" && <Source doc={doc} onEdit={(next) => edit(next, t("editor.step.source"), "source")} />}
          <Problems findings={findings} doc={doc} onOpen={open} />
        </div>
        <aside
          id="inspector"
          aria-label={t("editor.inspector")}
          className={cn(
            "w-[360px] shrink-0 overflow-y-auto border-l bg-surface",
            "max-lg:absolute max-lg:inset-y-0 max-lg:right-0 max-lg:z-20 max-lg:w-[min(360px,100vw)]",
            selected.size !== 1 && "max-lg:hidden",
          )}
        >
          <Inspector
            doc={doc}
            selected={selected}
            findings={findings.diagnostics}
            focusField={focusField}
            onEdit={edit}
            onClose={() => select(nobody)}
            onOpen={open}
          />
        </aside>
      </div>
      {adding && (
        <QuickAdd
          onClose={() => setAdding(undefined)}
          onPick={(kind) => {
            setAdding(undefined);
            add(kind, adding);
          }}
        />
      )}
      <Shortcuts open={help} onClose={() => setHelp(false)} />
      <Conflict draft={draft} />
    </div>
  );
}

function freePort(doc: Doc, id: string): { node: string; port: string } | undefined {
  const node = nodeOf(doc, id);
  if (!node) return undefined;
  const taken = new Set(doc.definition.edges.filter((e) => e.from === id).map(portOf));
  const free = portsOf(node).find((p) => !taken.has(p.name));
  return free ? { node: id, port: free.name } : undefined;
}

function moveAll(doc: Doc, spots: Map<string, Spot>): Doc {
  const nodes = new Map([...spots].filter(([id]) => nodeOf(doc, id)));
  let next = nodes.size > 0 ? moveNodes(doc, nodes) : doc;
  for (const [id, spot] of spots) if (!nodes.has(id)) next = changeMark(next, id, spot);
  return next;
}

/** walk finds the node before, after, or beside another. */
function walk(doc: Doc, from: string | undefined, way: "up" | "down" | "left" | "right"): string | undefined {
  if (!from) return doc.definition.nodes[0]?.id;
  const out = (id: string) => doc.definition.edges.filter((e) => e.from === id).map((e) => e.to);
  const into = (id: string) => doc.definition.edges.filter((e) => e.to === id).map((e) => e.from);
  if (way === "right") return out(from)[0];
  if (way === "left") return into(from)[0];
  const parent = into(from)[0];
  const siblings = parent ? [...new Set(out(parent))] : doc.definition.nodes.map((n) => n.id);
  return siblings[(siblings.indexOf(from) + (way === "down" ? 1 : siblings.length - 1)) % siblings.length];
}
