import { Check, ChevronsUpDown } from "lucide-react";
import { Popover } from "radix-ui";
import { type KeyboardEvent, useEffect, useId, useRef, useState } from "react";
import { useText } from "@/i18n";
import { cn } from "./cn";
import { useFinder } from "./finder";

/** ComboChoice is one of many choices. */
export interface ComboChoice {
  value: string;
  label: string;
  /** Other words by which it is found. */
  also?: string;
}

/** Combo chooses one of many: a button that opens a list, which typing narrows, by pinyin too. */
export function Combo({
  choices,
  value,
  onChange,
  disabled = false,
  id,
  ...aria
}: {
  choices: ComboChoice[];
  value: string;
  onChange: (next: string) => void;
  disabled?: boolean;
  id: string;
  "aria-describedby"?: string;
  "aria-invalid"?: boolean;
}) {
  const { t } = useText();
  const [open, setOpen] = useState(false);
  const [typed, setTyped] = useState("");
  const [at, setAt] = useState(0);
  const list = useId();
  const active = useRef<HTMLDivElement>(null);
  const finds = useFinder(typed);
  const found = choices.filter((c) => finds(c.label, c.also));
  const chosen = choices.find((c) => c.value === value);
  const here = Math.min(at, found.length - 1);
  // biome-ignore lint/correctness/useExhaustiveDependencies: what is active stays in sight
  useEffect(() => {
    active.current?.scrollIntoView({ block: "nearest" }); // browsers may give a promise, which is no clean-up
  }, [here, open]);
  const show = (next: boolean) => {
    setTyped("");
    setAt(
      Math.max(
        0,
        choices.findIndex((c) => c.value === value),
      ),
    );
    setOpen(next);
  };
  const take = (choice: ComboChoice | undefined) => {
    if (!choice) return;
    onChange(choice.value);
    setOpen(false);
  };
  const key = (e: KeyboardEvent) => {
    if (e.nativeEvent.isComposing || e.keyCode === 229) return;
    const to = { ArrowDown: here + 1, ArrowUp: here - 1, Home: 0, End: found.length - 1 }[e.key];
    if (e.key === "Enter") {
      e.preventDefault();
      take(found[here]);
    } else if (to !== undefined && found.length > 0) {
      e.preventDefault();
      setAt((to + found.length) % found.length);
    }
    e.stopPropagation(); // the editor's own keys do not hear what is typed here
  };
  return (
    <Popover.Root open={open} onOpenChange={show}>
      <Popover.Trigger
        id={id}
        disabled={disabled}
        aria-labelledby={`${id}-label ${id}`}
        {...aria}
        className="flex h-8 w-full items-center gap-2 rounded-control border border-control/60 bg-surface px-2 text-left text-ink disabled:opacity-60 aria-invalid:border-bad max-md:h-10"
      >
        <span className={cn("min-w-0 flex-1 truncate", !value && "text-soft")}>{chosen?.label ?? value}</span>
        <ChevronsUpDown className="size-4 shrink-0 text-faint" aria-hidden />
      </Popover.Trigger>
      <Popover.Portal>
        <Popover.Content
          align="start"
          sideOffset={4}
          aria-label={t("form.find")}
          className="z-[60] flex max-h-72 w-(--radix-popover-trigger-width) min-w-56 max-w-[calc(100vw-24px)] flex-col overflow-hidden rounded-card border bg-surface shadow-xl"
          onKeyDown={key}
        >
          <input
            role="combobox"
            aria-label={t("form.find")}
            aria-expanded="true"
            aria-autocomplete="list"
            aria-controls={list}
            {...(found[here] ? { "aria-activedescendant": `${list}-${here}` } : {})}
            autoComplete="off"
            placeholder={t("form.find")}
            value={typed}
            onChange={(e) => {
              setTyped(e.target.value);
              setAt(0);
            }}
            className="h-9 shrink-0 border-b bg-transparent px-2 text-ink outline-none placeholder:text-faint max-md:h-10"
          />
          <div id={list} role="listbox" aria-labelledby={`${id}-label`} className="min-h-0 overflow-y-auto p-1">
            {found.map((c, i) => (
              // biome-ignore lint/a11y/useFocusableInteractive: as its list
              // biome-ignore lint/a11y/useKeyWithClickEvents: the input hears the keys
              <div
                key={c.value}
                ref={i === here ? active : undefined}
                id={`${list}-${i}`}
                role="option"
                aria-selected={c.value === value}
                onClick={() => take(c)}
                onPointerMove={() => setAt(i)}
                className={cn(
                  "flex cursor-default items-center gap-2 rounded-control px-2 py-1 max-md:py-2",
                  i === here && "bg-primary-soft",
                )}
              >
                <Check className={cn("size-4 shrink-0 text-primary", c.value !== value && "invisible")} aria-hidden />
                <span className="min-w-0 flex-1">{c.label}</span>
              </div>
            ))}
          </div>
          <p role="status" className="px-3 py-2 text-[13px] text-soft empty:hidden">
            {found.length === 0 ? t("form.noMatch") : ""}
          </p>
        </Popover.Content>
      </Popover.Portal>
    </Popover.Root>
  );
}
