import { useState } from "react";
import { useText } from "@/i18n";
import { Button } from "@/ui/button";
import { Dialog } from "@/ui/dialog";
import type { Draft } from "./draft";

/** Conflict shows, side by side, what two people changed differently, and lets the author choose each; nothing is lost before that. */
export function Conflict({ draft }: { draft: Draft }) {
  const { t } = useText();
  const [theirs, setTheirs] = useState<ReadonlySet<string>>(new Set());
  if (draft.save.state !== "conflict") return null;
  const choose = (key: string, other: boolean) => {
    const next = new Set(theirs);
    other ? next.add(key) : next.delete(key);
    setTheirs(next);
  };
  return (
    <Dialog
      open
      wide
      onClose={() => {}}
      title={t("editor.conflict")}
      description={t("editor.conflictHint")}
      footer={
        <Button tone="primary" onClick={() => draft.resolve((key) => (theirs.has(key) ? "theirs" : "mine"))}>
          {t("editor.resolve")}
        </Button>
      }
    >
      <ul className="flex flex-col gap-4">
        {draft.save.clashes.map((clash) => (
          <li key={clash.key}>
            <h3 className="mb-1 font-mono text-[13px] font-semibold">{clash.key}</h3>
            <div className="grid gap-2 md:grid-cols-2">
              {([false, true] as const).map((other) => (
                <label
                  key={String(other)}
                  className={`block cursor-pointer rounded-card border p-2 ${theirs.has(clash.key) === other ? "border-primary ring-1 ring-primary" : ""}`}
                >
                  <span className="flex items-center gap-2 font-medium">
                    <input
                      type="radio"
                      name={clash.key}
                      checked={theirs.has(clash.key) === other}
                      onChange={() => choose(clash.key, other)}
                    />
                    {t(other ? "editor.theirs" : "editor.mine")}
                  </span>
                  <pre className="mt-1 max-h-60 overflow-auto font-mono text-xs whitespace-pre-wrap">
                    {JSON.stringify(other ? clash.theirs : clash.mine, null, 2) ?? t("editor.removed")}
                  </pre>
                </label>
              ))}
            </div>
          </li>
        ))}
      </ul>
    </Dialog>
  );
}
