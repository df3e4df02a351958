import { X } from "lucide-react";
import { useEffect, useMemo, useState } from "react";
import { jsonOf } from "@/api/registry";
import type { Doc } from "@/graph/doc";
import { kindOf } from "@/graph/kinds";
import { pick, useText } from "@/i18n";
import { Button } from "@/ui/button";
import { Input } from "@/ui/field";
import { useFinder } from "@/ui/finder";

/** Find searches nodes by name and type, also as they sound, and by every value of their config; matches light up and the rest dims. */
export function Find({
  doc,
  onFound,
  onOpen,
  onClose,
}: {
  doc: Doc;
  onFound: (ids: ReadonlySet<string> | undefined) => void;
  onOpen: (id: string) => void;
  onClose: () => void;
}) {
  const { t, lang } = useText();
  const [typed, setTyped] = useState("");
  const [at, setAt] = useState(0);
  const finds = useFinder(typed);
  const texts = useMemo(
    () =>
      doc.definition.nodes.map((n) => {
        const kind = kindOf(n);
        const config = n.config.value ? JSON.stringify(jsonOf(n.config.value)) : "";
        return {
          id: n.id,
          name: [n.name, pick(kind?.spec.title, lang)].join(" "),
          text: [n.id, n.note, kind?.name, config].join("\n"),
        };
      }),
    [doc, lang],
  );
  const found = useMemo(
    () => (typed.trim() ? texts.filter((n) => finds(n.name, n.text)).map((n) => n.id) : undefined),
    [texts, typed, finds],
  );
  useEffect(() => onFound(found && new Set(found)), [found, onFound]);
  const go = (by: number) => {
    if (!found || found.length === 0) return;
    const next = (at + by + found.length) % found.length;
    setAt(next);
    onOpen(found[next] ?? "");
  };
  return (
    <search className="flex items-center gap-2 border-b bg-surface px-3 py-2">
      <Input
        autoFocus
        type="search"
        className="max-w-80"
        aria-label={t("editor.find")}
        placeholder={t("editor.findHint")}
        value={typed}
        onChange={(e) => {
          setTyped(e.target.value);
          setAt(-1);
        }}
        onKeyDown={(e) => {
          if (e.nativeEvent.isComposing) return;
          if (e.key === "Enter") go(e.shiftKey ? -1 : 1);
          if (e.key === "Escape") onClose();
        }}
      />
      <span className="text-soft" aria-live="polite">
        {found && t("editor.found", { count: found.length })}
      </span>
      <Button tone="quiet" size="icon" aria-label={t("do.close")} onClick={onClose}>
        <X />
      </Button>
    </search>
  );
}
