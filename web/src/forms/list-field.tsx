import { create, type DescField, type Message } from "@bufbuild/protobuf";
import type { Diagnostic } from "@gen/flowdesk/v1/resource_flow_pb";
import { ArrowDown, ArrowUp, ChevronRight, Copy, Plus, Trash2 } from "lucide-react";
import { useState } from "react";
import { useText } from "@/i18n";
import { Button } from "@/ui/button";
import { cn } from "@/ui/cn";
import { useForm } from "./context";
import { MessageForm } from "./message-form";
import { at, findingsUnder } from "./path";

/** ListField is a list of cards that open, move, copy and go, all by keyboard too. */
export function ListField({
  field,
  label,
  items,
  path,
  error,
  inherits,
  findings,
  onChange,
}: {
  field: DescField & { fieldKind: "list"; listKind: "message" };
  label: string;
  items: Message[];
  path: string;
  error: string | undefined;
  inherits: string;
  findings: Diagnostic[];
  onChange: (next: Message[]) => void;
}) {
  const { t } = useText();
  const { readOnly } = useForm();
  const [open, setOpen] = useState<number | undefined>(items.length === 1 ? 0 : undefined);
  const move = (from: number, to: number) => {
    const next = [...items];
    const [moved] = next.splice(from, 1);
    if (moved) next.splice(to, 0, moved);
    onChange(next);
    setOpen(to);
  };
  return (
    <section className="flex flex-col gap-2">
      <div className="flex items-center justify-between gap-2">
        <h4 className="text-[13px] font-medium text-soft">
          {label} <span className="text-faint">{items.length > 0 && items.length}</span>
        </h4>
        <Button
          size="small"
          disabled={readOnly}
          onClick={() => {
            onChange([...items, create(field.message)]);
            setOpen(items.length);
          }}
        >
          <Plus /> {t("form.add")}
        </Button>
      </div>
      {error && <p className="text-xs text-bad">{error}</p>}
      {items.length === 0 && inherits && <p className="text-xs text-faint">{t("form.default", { value: inherits })}</p>}
      <ol className="flex flex-col gap-2">
        {items.map((item, i) => {
          const here = at(path, i);
          const wrong = findingsUnder(findings, here).length;
          return (
            // biome-ignore lint/suspicious/noArrayIndexKey: items have no names of their own
            <li key={i} className={cn("rounded-card border", wrong > 0 && "border-bad/60")}>
              <div className="flex items-center gap-1 px-1 py-1">
                <button
                  type="button"
                  aria-expanded={open === i}
                  onClick={() => setOpen(open === i ? undefined : i)}
                  className="flex min-w-0 flex-1 items-center gap-1 rounded px-1 py-0.5 text-left text-[13px] hover:bg-sunken"
                >
                  <ChevronRight className={cn("size-4 shrink-0 transition-transform", open === i && "rotate-90")} />
                  <span className="truncate">{summary(item) || t("form.item", { number: i + 1 })}</span>
                  {wrong > 0 && <span className="text-bad">({wrong})</span>}
                </button>
                <Button
                  tone="quiet"
                  size="icon"
                  disabled={readOnly || i === 0}
                  aria-label={t("form.up")}
                  onClick={() => move(i, i - 1)}
                >
                  <ArrowUp />
                </Button>
                <Button
                  tone="quiet"
                  size="icon"
                  disabled={readOnly || i === items.length - 1}
                  aria-label={t("form.down")}
                  onClick={() => move(i, i + 1)}
                >
                  <ArrowDown />
                </Button>
                <Button
                  tone="quiet"
                  size="icon"
                  disabled={readOnly}
                  aria-label={t("form.duplicate")}
                  onClick={() => onChange([...items.slice(0, i + 1), { ...item }, ...items.slice(i + 1)])}
                >
                  <Copy />
                </Button>
                <Button
                  tone="quiet"
                  size="icon"
                  disabled={readOnly}
                  aria-label={t("do.delete")}
                  onClick={() => onChange(items.filter((_, j) => j !== i))}
                >
                  <Trash2 />
                </Button>
              </div>
              {open === i && (
                <div className="border-t p-3">
                  <MessageForm
                    desc={field.message}
                    value={item}
                    path={here}
                    onChange={(next) => onChange(items.map((old, j) => (j === i ? next : old)))}
                  />
                </div>
              )}
            </li>
          );
        })}
      </ol>
    </section>
  );
}

// The first texts of an item say what it is.
function summary(item: Message): string {
  return Object.entries(item)
    .filter(([key, value]) => !key.startsWith("$") && typeof value === "string" && value !== "")
    .slice(0, 2)
    .map(([, value]) => value as string)
    .join(" · ");
}
