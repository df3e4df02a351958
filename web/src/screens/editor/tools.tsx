import {
  Bookmark,
  Braces,
  CircleHelp,
  Ellipsis,
  FileDown,
  FileUp,
  GitCompare,
  History,
  LayoutGrid,
  ListTree,
  Network,
  Redo2,
  RotateCcw,
  Search,
  Settings2,
  SquarePen,
  StickyNote,
  Undo2,
} from "lucide-react";
import { memo } from "react";
import { useText } from "@/i18n";
import { Button } from "@/ui/button";
import { cn } from "@/ui/cn";
import { Menu } from "@/ui/menu";
import { Tip } from "@/ui/tip";

/** View is how the flow is shown. */
export type View = "canvas" | "outline" | "source";

const views = [
  ["canvas", Network],
  ["outline", ListTree],
  ["source", Braces],
] as const;

interface Props {
  view: View;
  /** Names of the steps that undo and redo would take; nothing where there is none. */
  undoStep: string | undefined;
  redoStep: string | undefined;
  /** Some version is live. */
  live: boolean;
  discardable: boolean;
  /** The flow's own settings stand open. */
  settings: boolean;
  onView: (view: View) => void;
  onUndo: () => void;
  onRedo: () => void;
  onFind: () => void;
  onTidy: () => void;
  onNote: () => void;
  onHelp: () => void;
  onImport: () => void;
  onExport: (format: "yaml" | "json") => void;
  onVersions: () => void;
  onCompare: () => void;
  onDiscard: () => void;
  onCheckpoints: () => void;
  onSettings: () => void;
}

/** Tools are the buttons and the menu of the header that do something to the whole flow. They stay as they are while one types in a field. */
export const Tools = memo(function Tools({ view, undoStep, redoStep, live, discardable, settings, ...on }: Props) {
  const { t } = useText();
  return (
    <>
      <fieldset className="flex rounded-control border max-md:hidden">
        <legend className="sr-only">{t("editor.view")}</legend>
        {views.map(([key, Icon]) => (
          <button
            key={key}
            type="button"
            aria-pressed={view === key}
            onClick={() => on.onView(key)}
            className={cn(
              "flex h-8 items-center gap-1 px-2 text-[13px] text-soft",
              view === key && "bg-primary-soft text-primary",
            )}
          >
            <Icon className="size-4" aria-hidden /> {t(`editor.${key}`)}
          </button>
        ))}
      </fieldset>
      <Tip text={undoStep !== undefined ? t("editor.undoStep", { step: undoStep }) : t("do.undo")}>
        <Button
          tone="quiet"
          size="icon"
          aria-label={t("do.undo")}
          disabled={undoStep === undefined}
          onClick={on.onUndo}
        >
          <Undo2 />
        </Button>
      </Tip>
      <Tip text={redoStep !== undefined ? t("editor.redoStep", { step: redoStep }) : t("do.redo")}>
        <Button
          tone="quiet"
          size="icon"
          aria-label={t("do.redo")}
          disabled={redoStep === undefined}
          onClick={on.onRedo}
        >
          <Redo2 />
        </Button>
      </Tip>
      <Tip text={t("editor.find")}>
        <Button tone="quiet" size="icon" aria-label={t("editor.find")} onClick={on.onFind}>
          <Search />
        </Button>
      </Tip>
      <Tip text={t("editor.flowSettings")}>
        <Button
          tone="quiet"
          size="icon"
          className="xl:hidden"
          aria-label={t("editor.flowSettings")}
          aria-pressed={settings}
          onClick={on.onSettings}
        >
          <Settings2 />
        </Button>
      </Tip>
      <Menu
        trigger={
          <Button tone="quiet" size="icon" aria-label={t("do.more")}>
            <Ellipsis />
          </Button>
        }
        items={[
          { label: t("editor.tidy"), icon: <LayoutGrid />, onSelect: on.onTidy },
          { label: t("editor.addNote"), icon: <StickyNote />, onSelect: on.onNote },
          "line",
          { label: t("editor.import"), icon: <FileUp />, onSelect: on.onImport },
          { label: t("editor.exportYaml"), icon: <FileDown />, onSelect: () => on.onExport("yaml") },
          { label: t("editor.exportJson"), icon: <FileDown />, onSelect: () => on.onExport("json") },
          "line",
          { label: t("kept.title"), icon: <Bookmark />, onSelect: on.onCheckpoints },
          { label: t("flows.versions"), icon: <History />, onSelect: on.onVersions },
          { label: t("editor.compareLive"), icon: <GitCompare />, disabled: !live, onSelect: on.onCompare },
          { label: t("drawing.discard"), icon: <RotateCcw />, disabled: !discardable, onSelect: on.onDiscard },
          { label: t("editor.outline"), icon: <SquarePen />, onSelect: () => on.onView("outline") },
          { label: t("editor.shortcuts"), icon: <CircleHelp />, onSelect: on.onHelp },
        ]}
      />
    </>
  );
});
