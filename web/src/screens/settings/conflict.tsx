import type { Settings } from "@gen/flowdesk/v1/resource_settings_pb";
import { UsersRound } from "lucide-react";
import { specOf } from "@/graph/kinds";
import { pick, useText } from "@/i18n";
import { Button } from "@/ui/button";
import type { Conflict } from "./draft";
import { fields, textOf } from "./rebase";

/** labelOf is a setting's name for people. */
export function labelOf(name: string, lang: "zh" | "en"): string {
  const field = fields.find((f) => f.name === name);
  return (field && pick(specOf(field)?.label, lang)) || name;
}

/** ConflictCard tells that somebody else saved meanwhile, and lets the reader choose where both changed a field. Nothing is lost. */
export function ConflictCard({
  conflict,
  mine,
  onTheirs,
  onDone,
}: {
  conflict: Conflict;
  mine: Settings;
  onTheirs: (field: string) => void;
  onDone: () => void;
}) {
  const { t, lang } = useText();
  return (
    <section role="alert" className="rounded-card border border-warn/60 bg-warn/5 p-4">
      <div className="flex items-start gap-3">
        <UsersRound className="mt-0.5 size-5 shrink-0 text-warn" aria-hidden />
        <div className="min-w-0 flex-1">
          <p className="font-medium">{t("settings.conflict")}</p>
          <p className="text-soft">
            {t(conflict.both.length > 0 ? "settings.conflictBoth" : "settings.conflictMerged")}
          </p>
        </div>
        <Button size="small" onClick={onDone}>
          {t(conflict.both.length > 0 ? "settings.keepMine" : "do.close")}
        </Button>
      </div>
      {conflict.both.map((name) => {
        const field = fields.find((f) => f.name === name);
        if (!field) return null;
        return (
          <div key={name} className="mt-3 border-t pt-3">
            <h3 className="mb-1 text-[13px] font-medium">{labelOf(name, lang)}</h3>
            <div className="grid gap-2 md:grid-cols-2">
              <Side title={t("settings.mine")} text={textOf(mine, field)} />
              <Side title={t("settings.theirs")} text={textOf(conflict.theirs, field)}>
                <Button size="small" onClick={() => onTheirs(name)}>
                  {t("settings.useTheirs")}
                </Button>
              </Side>
            </div>
          </div>
        );
      })}
    </section>
  );
}

function Side({ title, text, children }: { title: string; text: string; children?: React.ReactNode }) {
  const { t } = useText();
  return (
    <div className="flex flex-col gap-1 rounded-card border bg-surface p-2">
      <div className="flex items-center justify-between text-xs text-faint">
        {title}
        {children}
      </div>
      <p className="max-h-40 overflow-auto text-[13px] whitespace-pre-wrap">{text || t("settings.byDefault")}</p>
    </div>
  );
}
