import { create, type DescField, type Message } from "@bufbuild/protobuf";
import type { Diagnostic } from "@gen/flowdesk/v1/resource_flow_pb";
import { ArrowDown, ArrowUp, ChevronRight, Copy, Plus, Trash2 } from "lucide-react";
import { type ReactNode, useEffect, useState } from "react";
import { useText } from "@/i18n";
import { Button } from "@/ui/button";
import { cn } from "@/ui/cn";
import { Input } from "@/ui/field";
import { useFinder } from "@/ui/finder";
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
  help,
  action,
  lead,
  describe,
  onChange,
}: {
  field: DescField & { fieldKind: "list"; listKind: "message" };
  label: ReactNode;
  items: Message[];
  path: string;
  error: string | undefined;
  inherits: string;
  findings: Diagnostic[];
  help?: string;
  action?: ReactNode;
  /** What stands above the cards, such as a picture of what they do together. */
  lead?: ReactNode;
  /** One line that says what an item is; by default its first texts. */
  describe?: ((item: Message) => string) | undefined;
  onChange: (next: Message[]) => void;
}) {
  const { t } = useText();
  const { readOnly, focus } = useForm();
  const [open, setOpen] = useState<number | undefined>(items.length === 1 ? 0 : undefined);
  useEffect(() => {
    const inside = focus?.path.startsWith(`${path}[`) ? Number.parseInt(focus.path.slice(path.length + 1), 10) : -1;
    if (inside >= 0) setOpen(inside);
  }, [focus, path]);
  const [filter, setFilter] = useState("");
  const [most, setMost] = useState(long);
  const finds = useFinder(filter);
  const shown = items
    .map((item, i) => ({ item, i }))
    .filter(({ item, i }) => {
      const [first = "", second = "", ...others] = texts(item);
      return i === open || finds(`${first} ${second}`, others.join(" "));
    });
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
        <h3 className="text-[13px] font-medium text-soft">
          {label} <span className="text-faint">{items.length > 0 && items.length}</span>
        </h3>
        <span className="flex items-center gap-3">
          {action}
          <Button
            size="small"
            disabled={readOnly}
            onClick={() => {
              onChange([...items, create(field.message)]);
              setFilter("");
              setMost(Math.max(most, items.length + 1));
              setOpen(items.length);
            }}
          >
            <Plus /> {t("form.add")}
          </Button>
        </span>
      </div>
      {help && <p className="text-xs text-faint">{help}</p>}
      {lead}
      {items.length > long && (
        <Input
          type="search"
          aria-label={t("list.search")}
          placeholder={t("list.search")}
          value={filter}
          onChange={(e) => setFilter(e.target.value)}
        />
      )}
      {error && <p className="text-xs text-bad">{error}</p>}
      {items.length === 0 && inherits && <p className="text-xs text-faint">{t("form.default", { value: inherits })}</p>}
      <ol className="flex flex-col gap-2">
        {shown.slice(0, most).map(({ item, i }) => {
          const here = at(path, i);
          const wrong = findingsUnder(findings, here).length;
          return (
            <li key={i} className={cn("rounded-card border", wrong > 0 && "border-bad/60")}>
              <div className="flex items-center gap-1 px-1 py-1">
                <button
                  type="button"
                  aria-expanded={open === i}
                  onClick={() => setOpen(open === i ? undefined : i)}
                  className="flex min-w-0 flex-1 items-center gap-1 rounded px-1 py-0.5 text-left text-[13px] hover:bg-sunken"
                >
                  <ChevronRight className={cn("size-4 shrink-0 transition-transform", open === i && "rotate-90")} />
                  <span className="truncate">
                    {describe?.(item) || texts(item).slice(0, 2).join(" · ") || t("form.item", { number: i + 1 })}
                  </span>
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
      {shown.length > most && (
        <Button size="small" className="self-center" onClick={() => setMost(most + 50)}>
          {t("form.showMore", { count: shown.length - most })}
        </Button>
      )}
    </section>
  );
}

// How many cards are drawn at first, and from when on a list can be searched.
const long = 20;

// The texts of an item say what it is.
function texts(item: Message): string[] {
  return Object.entries(item)
    .filter(([key]) => !key.startsWith("$"))
    .flatMap(([, value]) => value as unknown)
    .filter((value): value is string => typeof value === "string" && value !== "");
}
