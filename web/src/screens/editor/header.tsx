import { FlowService } from "@gen/flowdesk/v1/flow_service_pb";
import { type Flow, Severity } from "@gen/flowdesk/v1/resource_flow_pb";
import { SimulatorService } from "@gen/flowdesk/v1/simulator_pb";
import { ArrowLeft, Play, Rocket } from "lucide-react";
import { useRef, useState } from "react";
import { useNavigate } from "react-router";
import { useSteady } from "@/canvas/steady";
import { useText } from "@/i18n";
import { useGate } from "@/parts/gate";
import { Publish } from "@/parts/publish";
import { Tag } from "@/parts/status";
import { clock } from "@/parts/time";
import { Button } from "@/ui/button";
import { cn } from "@/ui/cn";
import { Tip } from "@/ui/tip";
import { Avatars } from "./avatars";
import type { Draft } from "./draft";
import { download, toFile } from "./file";
import { Notices, usePublished } from "./notices";
import type { Presence } from "./presence";
import { Tools, type View } from "./tools";
import type { Findings } from "./validate";

interface Props {
  draft: Draft;
  flow: Flow;
  findings: Findings;
  view: View;
  onView: (view: View) => void;
  onTidy: () => void;
  onFind: () => void;
  onNote: () => void;
  onHelp: () => void;
  onFile: (file: File | undefined) => void;
  onCheckpoints: () => void;
  /** The flow's own settings stand open where they have no place of their own. */
  settings: boolean;
  onSettings: () => void;
  onTest: () => void;
  onDiscard: () => void;
  /** Nodes that differ from the live version. */
  unpublished: number;
  presence: Presence;
  reader: boolean;
}

/** Header says what is live, what is draft and whether it is saved, and holds undo, test and publish. */
export function Header({ draft, flow, findings, view, unpublished, presence, reader, ...on }: Props) {
  const { onView, onTidy, onFind, onNote, onHelp, onCheckpoints, onSettings } = on;
  const { t, lang } = useText();
  const navigate = useNavigate();
  const publish = useGate(FlowService.method.publishFlow);
  const simulate = useGate(SimulatorService.method.createSimulation);
  const [published, setPublished] = usePublished(flow.name);
  const [publishing, setPublishing] = useState(false);
  const file = useRef<HTMLInputElement>(null);
  const { past, future, now } = draft.history;
  const versions = `/flows/${encodeURIComponent(flow.id)}/versions`;
  const tools = useSteady({
    onView,
    onUndo: draft.undo,
    onRedo: draft.redo,
    onFind,
    onTidy,
    onNote,
    onHelp,
    onImport: () => file.current?.click(),
    onExport: (format: "yaml" | "json") => download(`${flow.id}.${format}`, toFile(now, format)),
    onVersions: () => void navigate(versions),
    onCompare: () => void draft.flush().then(() => navigate(`${versions}?from=${flow.activeVersion}&to=0`)),
    onDiscard: on.onDiscard,
    onCheckpoints,
    onSettings,
  });
  // Where one row is too narrow, the tools have a second one; on a phone the state of the draft stands there too.
  return (
    <header className="flex flex-wrap items-center gap-2 border-b max-md:gap-y-1 bg-surface px-3 py-2">
      <Tip text={t("nav.flows")}>
        <Button tone="quiet" size="icon" aria-label={t("nav.flows")} onClick={() => navigate("/flows")}>
          <ArrowLeft />
        </Button>
      </Tip>
      <h1 className="max-w-72 truncate text-base font-semibold max-md:max-w-none max-md:min-w-0 max-md:flex-1 max-md:basis-0">
        {now.definition.title || flow.id}
      </h1>
      <div className="flex min-w-0 items-center gap-2 max-md:order-3 max-md:flex-1 max-md:basis-0">
        <Tag className="whitespace-nowrap">
          {flow.activeVersion > 0 ? t("editor.live", { version: flow.activeVersion }) : t("editor.notLive")}
        </Tag>
        {(unpublished > 0 || flow.draftChanged) && (
          <Tag className="truncate bg-warn/15 text-ink">
            {unpublished > 0 && flow.activeVersion > 0
              ? t("drawing.changes", { count: unpublished })
              : t("editor.draftChanged")}
          </Tag>
        )}
        {!reader && <Saved draft={draft} />}
      </div>
      <div className="flex-1 max-md:hidden" />
      <Avatars others={presence.others} />
      <div className="flex items-center gap-2 max-xl:order-3 max-md:gap-0 md:max-xl:basis-full">
        <Tools
          view={view}
          undoStep={past.at(-1)?.name}
          redoStep={future.at(-1)?.name}
          live={flow.activeVersion > 0}
          settings={on.settings}
          discardable={!reader && flow.activeVersion > 0 && unpublished > 0}
          {...tools}
        />
      </div>
      <input
        ref={file}
        type="file"
        accept=".yaml,.yml,.json"
        hidden
        onChange={(e) => {
          on.onFile(e.target.files?.[0]);
          e.target.value = ""; // the same file may be chosen again
        }}
      />
      <Button {...simulate} onClick={on.onTest}>
        <Play /> <span className="max-md:sr-only">{t("editor.test")}</span>
      </Button>
      <Button tone="primary" {...publish} onClick={() => void draft.flush().then(() => setPublishing(true))}>
        <Rocket /> {t("editor.publish")}
      </Button>
      <div className="order-2 basis-full md:hidden" />
      {publishing && (
        <Publish
          flow={flow}
          title={now.definition.title}
          revision={draft.revision}
          errors={findings.diagnostics.filter((d) => d.severity === Severity.ERROR).length}
          warnings={findings.diagnostics
            .filter((d) => d.severity === Severity.WARNING)
            .map((d) => (lang === "zh" && d.messageZh ? d.messageZh : d.message))}
          checking={findings.checking}
          onPublished={async (version, before) => {
            await draft.refresh();
            setPublished({ version, before });
          }}
          onClose={() => setPublishing(false)}
        />
      )}
      <div className="order-4 flex basis-full flex-col gap-2 empty:hidden">
        <Notices
          draft={draft}
          flow={flow}
          reader={reader}
          published={published}
          newer={presence.revision > draft.revision && presence.others.length > 0 && draft.save.state === "saved"}
          onPublished={setPublished}
        />
      </div>
    </header>
  );
}

function Saved({ draft }: { draft: Draft }) {
  const { t, lang } = useText();
  const { save } = draft;
  const text =
    save.state === "saved"
      ? t("editor.saved", { time: clock(new Date(save.at), lang) })
      : save.state === "offline"
        ? t("editor.offline")
        : save.state === "conflict"
          ? t("editor.conflictShort")
          : t("editor.saving");
  return (
    <span
      data-testid="saved"
      data-state={save.state}
      title={save.state === "offline" ? save.message : undefined}
      className={cn(
        "truncate text-xs text-faint",
        (save.state === "offline" || save.state === "conflict") && "text-warn",
      )}
    >
      {text}
    </span>
  );
}
