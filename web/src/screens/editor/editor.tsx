import { FlowService } from "@gen/flowdesk/v1/flow_service_pb";
import type { Flow } from "@gen/flowdesk/v1/resource_flow_pb";
import { useCallback, useRef, useState } from "react";
import { useNavigate, useSearchParams } from "react-router";
import { client } from "@/api/transport";
import type { CanvasActions } from "@/canvas/actions";
import type { CanvasView } from "@/canvas/canvas";
import { useSteady } from "@/canvas/steady";
import { docOf } from "@/graph/doc";
import { changeMark } from "@/graph/edit";
import { useTrial } from "@/graph/trial";
import { useText } from "@/i18n";
import { copyText as toClipboard } from "@/parts/copy";
import { useGate } from "@/parts/gate";
import { toast, toastFailure } from "@/parts/toast";
import { cn } from "@/ui/cn";
import { useChanges } from "./changes";
import { keepDraft } from "./checkpoints";
import { useCommands } from "./commands";
import { type Asked, Dialogs } from "./dialogs";
import type { Draft } from "./draft";
import { Drawer, type DrawerTab } from "./drawer";
import { readFile } from "./file";
import { Find } from "./find";
import { Header } from "./header";
import { Inspector } from "./inspector";
import { useUnpublished } from "./live";
import { useMarks } from "./node-marks";
import { useOpening } from "./opening";
import { Palette } from "./palette";
import { usePeople, usePresence } from "./presence";
import { useReplyLink } from "./reply-link";
import { reveal } from "./reveal";
import { Stage } from "./stage";
import type { View } from "./tools";
import { useTrying } from "./trying";
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
  const [asked, ask] = useState<Asked>();
  const [tab, setTab] = useState<DrawerTab>();
  const [settings, setSettings] = useState(false);
  const [dock, setDock] = useState<HTMLElement | null>(null);
  const [finding, setFinding] = useState(false);
  const [found, setFound] = useState<ReadonlySet<string>>();
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
  const { trying, overlay, runTo } = useTrying(flow, doc, only, trial, tab === "trial" || tab === "values");
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
      if (id === "") {
        // What is wrong with the flow itself stands in its settings.
        select(nobody);
        setSettings(true);
        setFocus({ path: field ?? "" });
        return;
      }
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

  const byButton = async () => {
    const text = changes.text();
    if (!text) return;
    if (await toClipboard(text)) changes.told();
    else ask({ kind: "copy", text });
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
    // It can be found again after this page is left, too.
    await keepDraft(draft, flow.name, t("kept.beforeDiscard"));
    edit(docOf(flowVersion.definition, flowVersion.layout ?? doc.layout), t("drawing.discard"));
    toast(t("drawing.discarded", { version: flow.activeVersion }), { label: t("do.undo"), run: draft.undo });
  };
  const take = async (file: File | undefined) => {
    if (!file) return;
    try {
      ask({ kind: "take", taken: { file: file.name, ...(await readFile(await file.text())) } });
    } catch (failure) {
      toastFailure(failure);
    }
  };
  const actions: CanvasActions = {
    mark: (id, change) => {
      if (change.collapsed) select(new Set([id]));
      edit(changeMark(doc, id, change), t("editor.step.mark"), change.collapsed === undefined ? `mark:${id}` : "");
    },
    resize: (id, box) => edit(changeMark(doc, id, box), t("editor.step.mark")),
    addOnEdge: (edge) => ask({ kind: "add", where: { onEdge: edge } }),
  };
  const { keys, entries } = useCommands({
    doc,
    draft,
    selected,
    edges,
    only,
    view,
    trial,
    changes,
    locked,
    edit,
    select,
    open,
    ask,
    copyByButton: byButton,
    onFind: () => setFinding(true),
    onEscape: () => {
      select(nobody);
      setFound(undefined);
    },
    onRename: () => setFocus({ path: "name" }),
    onTest: () => setTab("trial"),
    onStep: () => document.querySelector<HTMLElement>("[data-step]")?.click(),
    onRunTo: (node) => {
      setTab("trial");
      runTo(node);
    },
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
        settings={settings}
        onSettings={() => {
          select(nobody);
          setSettings(!settings);
        }}
        onTidy={changes.tidy}
        onFind={() => setFinding(true)}
        onHelp={() => ask({ kind: "help" })}
        onNote={() => changes.note()}
        onTest={() => void test()}
        onDiscard={() => void discard().catch((failure) => toastFailure(failure))}
        onCheckpoints={() => ask({ kind: "checkpoints" })}
        onFile={(file) => void take(file)}
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
      <div className="relative flex min-h-0 flex-1">
        {show === "canvas" && !reader && <Palette onAdd={changes.add} onDock={setDock} />}
        <Stage
          show={show}
          doc={doc}
          selected={selected}
          marks={marks}
          overlay={overlay}
          found={found}
          opened={opened}
          reader={reader}
          locked={locked}
          entries={entries}
          actions={actions}
          changes={changes}
          view={view}
          dock={dock}
          edit={edit}
          select={select}
          open={open}
          onAdd={(where) => ask({ kind: "add", where })}
          onFile={(file) => void take(file)}
        >
          <Drawer tab={tab} onTab={setTab} findings={findings} trying={trying} onOpen={open} />
        </Stage>
        <aside
          id="inspector"
          aria-label={t("editor.inspector")}
          className={cn(
            "w-[360px] shrink-0 overflow-y-auto border-l bg-surface",
            "max-xl:absolute max-xl:inset-y-0 max-xl:right-0 max-xl:z-20 max-xl:w-[min(360px,100vw)] max-xl:shadow-lg",
            selected.size !== 1 && !settings && "max-xl:hidden",
          )}
        >
          <Inspector
            doc={doc}
            selected={selected}
            findings={findings.diagnostics}
            focus={focus}
            readOnly={reader}
            trial={trial}
            entries={entries}
            onEdit={edit}
            onClose={() => {
              select(nobody);
              setSettings(false);
            }}
            onOpen={open}
          />
        </aside>
      </div>
      <Dialogs
        asked={asked}
        draft={draft}
        flow={flow}
        reader={reader}
        edit={edit}
        onAdd={changes.add}
        onClose={() => ask(undefined)}
      />
    </div>
  );
}
