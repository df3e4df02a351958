import { FlowService } from "@gen/flowdesk/v1/flow_service_pb";
import type { Flow } from "@gen/flowdesk/v1/resource_flow_pb";
import { useCallback, useRef, useState } from "react";
import { useNavigate, useSearchParams } from "react-router";
import { client } from "@/api/transport";
import type { CanvasActions } from "@/canvas/actions";
import { Canvas, type CanvasView } from "@/canvas/canvas";
import { useSteady } from "@/canvas/steady";
import { type Doc, docOf } from "@/graph/doc";
import { changeMark, connect, disconnect } from "@/graph/edit";
import { moveAll } from "@/graph/frames";
import { kindNamed } from "@/graph/kinds";
import { useTrial } from "@/graph/trial";
import { next, reach, walk } from "@/graph/walk";
import { useText } from "@/i18n";
import { copyText as toClipboard } from "@/parts/copy";
import { useGate } from "@/parts/gate";
import { toast } from "@/parts/toast";
import { cn } from "@/ui/cn";
import { CanvasMenu } from "./canvas-menu";
import { useChanges } from "./changes";
import { Conflict } from "./conflict";
import { ConnectTo } from "./connect-to";
import { CopyByHand } from "./copy-by-hand";
import type { Draft } from "./draft";
import { useEntries } from "./entries";
import { Find } from "./find";
import { Header } from "./header";
import { Inspector } from "./inspector";
import { useKeys } from "./keys";
import { useUnpublished } from "./live";
import { useMarks } from "./node-marks";
import { useOpening } from "./opening";
import { Outline } from "./outline";
import { Palette } from "./palette";
import { usePeople, usePresence } from "./presence";
import { Problems } from "./problems";
import { QuickAdd, type QuickAddAt } from "./quick-add";
import { useReplyLink } from "./reply-link";
import { reveal } from "./reveal";
import { Shortcuts } from "./shortcuts";
import { Source } from "./source";
import type { View } from "./tools";
import { useFindings } from "./validate";

const nobody: ReadonlySet<string> = new Set();

/** Editor draws, checks and publishes a flow. Everything that changes the document is one undoable step here. */
export function Editor({ draft, flow }: { draft: Draft; flow: Flow }) {
  const { t } = useText();
  const navigate = useNavigate();
  const [params, setParams] = useSearchParams();
  const doc = draft.history.now;
  const picked = params.get("node");
  // A link to a node opens the canvas there; from then on the author moves it.
  const [opened] = useState(() => (picked ? [picked] : undefined));
  const [selected, setSelected] = useState<ReadonlySet<string>>(() => (picked ? new Set([picked]) : nobody));
  const [edges, setEdges] = useState<ReadonlySet<string>>(nobody);
  const [adding, setAdding] = useState<QuickAddAt>();
  const [connecting, setConnecting] = useState<string>();
  const [uncopied, setUncopied] = useState<string>();
  const [finding, setFinding] = useState(false);
  const [found, setFound] = useState<ReadonlySet<string>>();
  const [help, setHelp] = useState(false);
  const [locked, setLocked] = useState(false);
  const [focus, setFocus] = useState<{ path: string }>();
  const view = useRef<CanvasView>(null);
  const findings = useFindings(doc);
  const reader = useGate(FlowService.method.updateFlow).disabled === true;
  const trial = useTrial(flow.id);
  const unpublished = useUnpublished(doc, flow.name, flow.activeVersion);
  const [only] = selected.size === 1 ? selected : [];
  const presence = usePresence(flow.name, only ?? "");
  const people = usePeople(presence);
  const marks = useMarks(findings.diagnostics, unpublished, trial, people);
  const show = (params.get("view") ?? (window.innerWidth < 768 ? "outline" : "canvas")) as View;

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
  const open = useCallback(
    (id: string, field?: string) => {
      select(new Set([id]));
      if (field) setFocus({ path: field });
      reveal(view.current, id);
    },
    [select],
  );
  const edit = useCallback<Draft["edit"]>(
    (...change) => {
      if (!reader) draft.edit(...change);
    },
    [reader, draft.edit],
  );
  useOpening(doc, only, view, edit);
  const changes = useSteady(useChanges({ doc, selected, edges, view, edit, select, open }));

  useReplyLink(doc, edit, setFocus);

  const copy = () => {
    const text = changes.text();
    if (text) changes.told();
    return text;
  };
  const byButton = async () => {
    const text = changes.text();
    if (!text) return;
    if (await toClipboard(text)) changes.told();
    else setUncopied(text);
  };
  const test = async () => {
    await draft.flush();
    void navigate(`/simulator?flow=${encodeURIComponent(flow.id)}&version=draft`);
  };
  const discard = async () => {
    const { flowVersion } = await client(FlowService).getFlowVersion({
      name: `${flow.name}/versions/${flow.activeVersion}`,
    });
    if (!flowVersion) return;
    edit(docOf(flowVersion.definition, flowVersion.layout ?? doc.layout), t("drawing.discard"));
    toast(t("drawing.discarded", { version: flow.activeVersion }), { label: t("do.undo"), run: draft.undo });
  };
  const actions: CanvasActions = {
    mark: (id, change) => {
      if (change.collapsed) select(new Set([id]));
      edit(changeMark(doc, id, change), t("editor.step.mark"), change.collapsed === undefined ? `mark:${id}` : "");
    },
    resize: (id, box) => edit(changeMark(doc, id, box), t("editor.step.mark")),
    addOnEdge: (edge) => setAdding({ onEdge: edge }),
  };
  const keys = useKeys({
    undo: draft.undo,
    redo: draft.redo,
    copy,
    cut: () => void byButton().then(() => changes.remove()),
    duplicate: changes.duplicate,
    paste: changes.paste,
    remove: changes.remove,
    add: () => setAdding({}),
    all: () => select(new Set(doc.definition.nodes.map((n) => n.id))),
    find: () => setFinding(true),
    tidy: changes.tidy,
    frame: changes.frame,
    note: () => changes.note(),
    fit: () => void view.current?.fitView({ duration: 150 }),
    fitSelection: () => void view.current?.fitView({ nodes: [...selected].map((id) => ({ id })), duration: 150 }),
    zoom: (by) => void view.current?.zoomTo(by === 0 ? 1 : (view.current?.getZoom() ?? 1) * by, { duration: 100 }),
    save: () => void draft.flush(),
    help: () => setHelp(true),
    escape: () => {
      select(nobody);
      setFound(undefined);
    },
    walk: (way) => {
      const to = walk(doc, only, way);
      if (to) open(to);
    },
    rename: () => setFocus({ path: "name" }),
    configure: () =>
      document.querySelector<HTMLElement>("#inspector input, #inspector textarea, #inspector select")?.focus(),
    reach: (way) => select(reach(doc, selected, way)),
    connect: () => setConnecting(only),
    breakpoint: () => only && trial.toggleBreakpoint(only),
    toggle: changes.toggle,
    test: () => void test(),
    lock: () => setLocked(!locked),
    nudge: (x, y) => {
      if (selected.size > 0) return !locked && changes.nudge(x, y);
      const at = view.current?.getViewport();
      if (at) void view.current?.setViewport({ ...at, x: at.x - x * 8, y: at.y - y * 8 });
      return true;
    },
    cycle: (back) => {
      const to = selected.size === 0 && back ? undefined : next(doc, only, back);
      if (to) open(to);
      return to !== undefined;
    },
  });
  const entries = useEntries({
    doc,
    selected,
    edges,
    locked,
    trial,
    changes,
    edit,
    select,
    onAdd: () => setAdding({}),
    onConnect: setConnecting,
    onCopy: () => void byButton(),
    onLock: () => setLocked(!locked),
  });
  const onView = (to: View) =>
    setParams(
      (before) => {
        before.set("view", to);
        return before;
      },
      { replace: true },
    );
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: the keys of the canvas work anywhere in the editor but in a field
    <div className="flex h-full flex-col" onKeyDown={keys.onKeyDown} onPaste={keys.onPaste} onCopy={keys.onCopy}>
      <Header
        draft={draft}
        flow={flow}
        findings={findings}
        view={show}
        reader={reader}
        unpublished={unpublished.size}
        presence={presence}
        onView={onView}
        onTidy={changes.tidy}
        onFind={() => setFinding(true)}
        onHelp={() => setHelp(true)}
        onNote={() => changes.note()}
        onTest={() => void test()}
        onDiscard={() => void discard()}
        onReplace={(to: Doc) => edit(to, t("editor.step.import"))}
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
        {show === "canvas" && !reader && <Palette onAdd={changes.add} />}
        <div className="relative flex min-w-0 flex-1 flex-col">
          {show === "canvas" && (
            <CanvasMenu entries={reader ? [] : entries}>
              <section
                className="min-h-0 flex-1 outline-none focus-visible:ring-2 focus-visible:ring-primary focus-visible:ring-inset"
                aria-label={t("editor.canvas")}
                // biome-ignore lint/a11y/noNoninteractiveTabindex: the canvas takes keys of its own
                tabIndex={0}
                data-canvas
              >
                <Canvas
                  doc={doc}
                  label={t("editor.canvas")}
                  selected={selected}
                  onSelect={select}
                  marks={marks}
                  focus={opened}
                  spotlight={found}
                  readOnly={reader || locked}
                  folds={!reader}
                  actions={actions}
                  onReady={(ready) => {
                    view.current = ready;
                  }}
                  onMove={(spots) => edit(moveAll(doc, spots), t("editor.step.move"))}
                  onConnect={(from, port, to) => edit(connect(doc, from, port, to), t("editor.step.connect"))}
                  onRewire={(edge, from, port, to) =>
                    edit(connect(disconnect(doc, new Set([edge])), from, port, to), t("editor.step.connect"))
                  }
                  onRefused={(why) => toast(t(`drawing.refused.${why}`))}
                  onWireDropped={(node, port, at) => setAdding({ after: { node, port }, at })}
                  onDrop={(name, at) => {
                    const kind = kindNamed(name);
                    if (kind) changes.add(kind, { at });
                  }}
                  onOpen={(id) => open(id)}
                  onEmptyDoubleClick={(at) => setAdding({ at })}
                />
              </section>
            </CanvasMenu>
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
          {show === "source" && <Source doc={doc} onEdit={(to) => edit(to, t("editor.step.source"), "source")} />}
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
            focus={focus}
            readOnly={reader}
            trial={trial}
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
            changes.add(kind, adding);
          }}
        />
      )}
      {connecting && (
        <ConnectTo
          doc={doc}
          from={connecting}
          onClose={() => setConnecting(undefined)}
          onConnect={(port, to) => {
            setConnecting(undefined);
            edit(connect(doc, connecting, port, to), t("editor.step.connect"));
          }}
        />
      )}
      {uncopied !== undefined && <CopyByHand text={uncopied} onClose={() => setUncopied(undefined)} />}
      <Shortcuts open={help} onClose={() => setHelp(false)} />
      <Conflict draft={draft} />
    </div>
  );
}
