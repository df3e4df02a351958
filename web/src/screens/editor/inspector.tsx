import type { Message } from "@bufbuild/protobuf";
import { FlowDefinitionSchema, type Node } from "@gen/flowdesk/v1/definition_pb";
import type { Diagnostic } from "@gen/flowdesk/v1/resource_flow_pb";
import { Braces, CircleDot, X } from "lucide-react";
import { lazy, Suspense, useEffect, useMemo, useRef, useState } from "react";
import { FamilyIcon } from "@/canvas/look";
import { useSteady } from "@/canvas/steady";
import { FormSurroundings, focusOn } from "@/forms/context";
import { MessageForm } from "@/forms/message-form";
import { type Doc, nodeOf, portOf } from "@/graph/doc";
import { changeFlow, changeNode, connect, disconnect, renameId, setMode } from "@/graph/edit";
import { colorOf, failed, kindOf, portsOf } from "@/graph/kinds";
import type { useTrial } from "@/graph/trial";
import { targets } from "@/graph/walk";
import { pick, useText } from "@/i18n";
import { Skeleton } from "@/parts/states";
import { Button } from "@/ui/button";
import { Field, Input, Textarea } from "@/ui/field";
import { useAround } from "./around";
import { EntryButtons, type MenuEntry } from "./canvas-menu";
import { MarkPanel } from "./mark-panel";
import { ModeField } from "./mode-field";
import { PinPanel } from "./pin-panel";
import { TargetSelect } from "./target-select";

const DelayPreview = lazy(() => import("./delay-preview"));
const NodeSource = lazy(async () => ({ default: (await import("./node-source")).NodeSource }));

interface Props {
  doc: Doc;
  selected: ReadonlySet<string>;
  findings: readonly Diagnostic[];
  focus: { path: string } | undefined;
  readOnly: boolean;
  trial: ReturnType<typeof useTrial>;
  /** What can be done with several nodes at once. */
  entries: MenuEntry[];
  onEdit: (doc: Doc, name: string, merge?: string) => void;
  onClose: () => void;
  onOpen: (node: string) => void;
}

/** Inspector shows what is selected: one node's config and wires, or the flow's own settings. */
export function Inspector(props: Props) {
  const { t } = useText();
  const [only] = props.selected;
  const node = props.selected.size === 1 && only ? nodeOf(props.doc, only) : undefined;
  if (props.selected.size > 1)
    return (
      <div className="flex flex-col gap-3 p-4">
        <h2 className="text-base font-semibold">{t("editor.selected", { count: props.selected.size })}</h2>
        {!props.readOnly && <EntryButtons entries={props.entries} />}
      </div>
    );
  if (node) return <NodePanel key={node.id} {...props} node={node} />;
  const { frames, notes } = props.doc.layout;
  if (only && [...frames, ...notes].some((m) => m.id === only))
    return <MarkPanel key={only} doc={props.doc} id={only} onEdit={props.onEdit} onClose={props.onClose} />;
  return <FlowPanel {...props} />;
}

function NodePanel(props: Props & { node: Node }) {
  const { doc, node, findings, focus, readOnly, trial, onEdit, onClose, onOpen } = props;
  const { t, lang } = useText();
  const kind = kindOf(node);
  const root = useRef<HTMLDivElement>(null);
  const around = useAround(doc, node.id, findings, readOnly, focus);
  const { findings: own } = around;
  const [source, setSource] = useState(false);
  useEffect(() => {
    if (!focus) return;
    setSource(false); // what leads to a field leads to the form
    focusOn(root.current, focus.path);
  }, [focus]);
  const others = useMemo(() => targets(doc), [doc]);
  const pin = trial.pins.find((p) => p.node === node.id);
  const set = (change: Partial<Node>, field: string) =>
    onEdit(changeNode(doc, node.id, change), t("editor.step.config"), `${node.id}:${field}`);
  const { configure } = useSteady({
    configure: (next: Message, field: string) =>
      set({ config: { case: kind?.arm, value: next } as Node["config"] }, field),
  });
  if (!kind || !node.config.value) return null;
  return (
    <div ref={root} className="flex flex-col gap-4 p-4">
      <header className="flex flex-wrap items-start gap-x-2 gap-y-1">
        <span style={{ color: colorOf(kind.spec.family) }}>
          <FamilyIcon family={kind.spec.family} className="mt-0.5 size-5" />
        </span>
        <h2 className="min-w-0 flex-1 pt-0.5 text-base font-semibold">{pick(kind.spec.title, lang)}</h2>
        <Button
          tone="quiet"
          size="icon"
          aria-pressed={trial.breakpoints.includes(node.id)}
          aria-label={t(trial.breakpoints.includes(node.id) ? "drawing.clearBreakpoint" : "drawing.setBreakpoint")}
          title={t(trial.breakpoints.includes(node.id) ? "drawing.clearBreakpoint" : "drawing.setBreakpoint")}
          className={trial.breakpoints.includes(node.id) ? "text-bad" : ""}
          onClick={() => trial.toggleBreakpoint(node.id)}
        >
          <CircleDot />
        </Button>
        <Button
          tone="quiet"
          size="icon"
          aria-pressed={source}
          aria-label={t("editor.nodeSource")}
          title={t("editor.nodeSource")}
          className={source ? "text-primary" : ""}
          onClick={() => setSource(!source)}
        >
          <Braces />
        </Button>
        <Button tone="quiet" size="icon" aria-label={t("do.close")} onClick={onClose}>
          <X />
        </Button>
        <p className="basis-full text-[13px] text-soft">{pick(kind.spec.help, lang)}</p>
      </header>
      {own
        .filter((f) => f.field === "")
        .map((f) => (
          <p key={f.code + f.message} className="rounded-card border border-bad/40 bg-bad/5 px-3 py-2 text-[13px]">
            {lang === "zh" && f.messageZh ? f.messageZh : f.message}
          </p>
        ))}
      <div data-field="name">
        <Field label={t("word.name")}>
          {(p) => (
            <Input
              {...p}
              value={node.name}
              maxLength={100}
              readOnly={readOnly}
              placeholder={pick(kind.spec.title, lang)}
              onChange={(e) => set({ name: e.target.value }, "name")}
            />
          )}
        </Field>
      </div>
      {!kind.spec.trigger && (
        <ModeField
          value={node.mode}
          readOnly={readOnly}
          onChange={(mode) => onEdit(setMode(doc, new Set([node.id]), mode), t("drawing.toggleStep"))}
        />
      )}
      {pin && <PinPanel node={node} pin={pin} onPin={trial.pin} onUnpin={() => trial.unpin(node.id)} />}
      {source ? (
        <Suspense fallback={<Skeleton rows={3} />}>
          <NodeSource
            desc={kind.config}
            value={node.config.value}
            readOnly={readOnly}
            onChange={(next) => configure(next, "source")}
          />
        </Suspense>
      ) : (
        <FormSurroundings.Provider value={around}>
          <MessageForm desc={kind.config} value={node.config.value} path="" onChange={configure} />
        </FormSurroundings.Provider>
      )}
      {node.config.case === "delayControl" && (
        <Suspense fallback={null}>
          <DelayPreview config={node.config.value} />
        </Suspense>
      )}
      <section>
        <h3 className="mb-2 text-[13px] font-semibold">{t("editor.wires")}</h3>
        <ul className="flex flex-col gap-2">
          {[
            ...portsOf(node).map((p) => ({ name: p.name, label: pick(p.label, lang) || p.name })),
            { name: failed, label: t("editor.onError") },
          ].map((port) => {
            const wire = doc.definition.edges.find((e) => e.from === node.id && portOf(e) === port.name);
            return (
              <li key={port.name} className="grid grid-cols-[7rem_1fr] items-center gap-2">
                <span className="text-[13px] text-soft">{port.label}</span>
                <TargetSelect
                  label={t("editor.wireTo", { port: port.label })}
                  className="w-full min-w-0"
                  value={wire?.to ?? ""}
                  self={node.id}
                  targets={others}
                  disabled={readOnly}
                  onChoose={(to) =>
                    to
                      ? onEdit(connect(doc, node.id, port.name, to), t("editor.step.connect"))
                      : onEdit(disconnect(doc, new Set([`${node.id}:${port.name}`])), t("editor.step.disconnect"))
                  }
                />
              </li>
            );
          })}
        </ul>
        <p className="mt-2 text-xs text-faint">
          {t("editor.from")}{" "}
          {doc.definition.edges
            .filter((e) => e.to === node.id)
            .map((e) => (
              <button
                key={`${e.from}:${e.port}`}
                type="button"
                className="mr-2 text-primary hover:underline"
                onClick={() => onOpen(e.from)}
              >
                {nodeOf(doc, e.from)?.name || e.from}
              </button>
            ))}
        </p>
      </section>
      <Field label={t("editor.note")}>
        {(p) => <Textarea {...p} rows={2} value={node.note} onChange={(e) => set({ note: e.target.value }, "note")} />}
      </Field>
      <Field label={t("word.id")} help={t("editor.idHelp")}>
        {(p) => (
          <Input
            {...p}
            className="font-mono text-[13px]"
            defaultValue={node.id}
            onBlur={(e) => {
              const next = renameId(doc, node.id, e.target.value.trim());
              if (next === doc) e.target.value = node.id;
              else {
                onEdit(next, t("editor.step.rename"));
                onOpen(e.target.value.trim());
              }
            }}
          />
        )}
      </Field>
    </div>
  );
}

const flowFields = ["description", "variables", "error_policy", "max_replies_per_message", "priority"];
const flowForm = {
  ...FlowDefinitionSchema,
  members: FlowDefinitionSchema.members.filter((m) => flowFields.includes(m.name)),
} as typeof FlowDefinitionSchema;

function FlowPanel({ doc, findings, readOnly, focus, onEdit, onClose }: Props) {
  const { t } = useText();
  const around = useAround(doc, "", findings, readOnly, focus);
  const root = useRef<HTMLDivElement>(null);
  useEffect(() => {
    if (focus?.path) focusOn(root.current, focus.path);
  }, [focus]);
  return (
    <div ref={root} className="flex flex-col gap-4 p-4">
      <header className="flex items-start gap-2">
        <h2 className="flex-1 text-base font-semibold">{t("editor.flowSettings")}</h2>
        <Button tone="quiet" size="icon" className="xl:hidden" aria-label={t("do.close")} onClick={onClose}>
          <X />
        </Button>
      </header>
      <Field label={t("word.name")}>
        {(p) => (
          <Input
            {...p}
            value={doc.definition.title}
            maxLength={100}
            onChange={(e) => onEdit(changeFlow(doc, { title: e.target.value }), t("editor.step.config"), "flow:title")}
          />
        )}
      </Field>
      <FormSurroundings.Provider value={around}>
        <MessageForm
          desc={flowForm}
          value={doc.definition}
          path=""
          onChange={(next, field) =>
            onEdit({ ...doc, definition: next as typeof doc.definition }, t("editor.step.config"), `flow:${field}`)
          }
        />
      </FormSurroundings.Provider>
      <p className="text-xs text-faint">
        {t("editor.size", { nodes: doc.definition.nodes.length, edges: doc.definition.edges.length })}
      </p>
    </div>
  );
}
