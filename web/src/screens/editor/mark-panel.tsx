import { Trash2, X } from "lucide-react";
import { tints } from "@/canvas/look";
import type { Doc } from "@/graph/doc";
import { changeMark, removeNodes } from "@/graph/edit";
import { useText } from "@/i18n";
import { Button } from "@/ui/button";
import { cn } from "@/ui/cn";
import { Field, Input, Textarea } from "@/ui/field";

/** MarkPanel shows a frame or a note that is selected: its words and its colour. */
export function MarkPanel({
  doc,
  id,
  onEdit,
  onClose,
}: {
  doc: Doc;
  id: string;
  onEdit: (doc: Doc, name: string, merge?: string) => void;
  onClose: () => void;
}) {
  const { t } = useText();
  const frame = doc.layout.frames.find((f) => f.id === id);
  const note = doc.layout.notes.find((n) => n.id === id);
  const color = frame?.color ?? note?.color ?? "";
  const set = (change: { title?: string; text?: string; color?: string }, field: string) =>
    onEdit(changeMark(doc, id, change), t("editor.step.mark"), `${id}:${field}`);
  return (
    <div className="flex flex-col gap-4 p-4">
      <header className="flex items-center gap-2">
        <h2 className="flex-1 text-base font-semibold">{t(frame ? "editor.frame" : "editor.note")}</h2>
        <Button tone="quiet" size="icon" aria-label={t("do.close")} onClick={onClose}>
          <X />
        </Button>
      </header>
      {frame && (
        <Field label={t("editor.frameTitle")}>
          {(p) => (
            <Input
              {...p}
              value={frame.title}
              maxLength={100}
              onChange={(e) => set({ title: e.target.value }, "title")}
            />
          )}
        </Field>
      )}
      {note && (
        <Field label={t("editor.noteText")}>
          {(p) => (
            <Textarea
              {...p}
              rows={6}
              maxLength={2000}
              value={note.text}
              onChange={(e) => set({ text: e.target.value }, "text")}
            />
          )}
        </Field>
      )}
      <fieldset className="flex flex-col gap-1">
        <legend className="mb-1 text-[13px] font-medium text-soft">{t("drawing.color")}</legend>
        <div className="flex flex-wrap gap-2">
          {Object.entries(tints).map(([name, value]) => (
            <button
              key={name}
              type="button"
              aria-pressed={color === name}
              aria-label={t(`drawing.colors.${name as "slate"}`)}
              title={t(`drawing.colors.${name as "slate"}`)}
              onClick={() => set({ color: name }, "color")}
              className={cn("size-7 rounded-full border-2 border-surface", color === name && "ring-2 ring-primary")}
              style={{ background: value }}
            />
          ))}
        </div>
      </fieldset>
      <Button
        className="self-start"
        onClick={() => {
          onEdit(removeNodes(doc, new Set([id])), t("editor.step.mark"));
          onClose();
        }}
      >
        <Trash2 /> {t("do.delete")}
      </Button>
    </div>
  );
}
