import { useId, useRef, useState } from "react";
import { useText } from "@/i18n";
import { cn } from "@/ui/cn";
import { useForm } from "./context";
import { wordBefore } from "./suggest";

/** Code writes an expression, or a template with values in braces; names complete as one types, and what the compiler says stands below. */
export function Code({
  kind,
  value,
  onChange,
  placeholder,
  names,
  disabled,
  ...aria
}: {
  kind: "expression" | "template";
  value: string;
  onChange: (next: string) => void;
  placeholder: string;
  names: string[];
  disabled: boolean;
  id: string;
  "aria-describedby": string;
  "aria-invalid": boolean;
}) {
  const { t } = useText();
  const { suggest } = useForm();
  const list = useId();
  const area = useRef<HTMLTextAreaElement>(null);
  const [open, setOpen] = useState(false);
  const [caret, setCaret] = useState(0);
  const [marked, setMarked] = useState(0);
  const before = value.slice(0, caret);
  const inside = kind === "expression" || before.lastIndexOf("{") > before.lastIndexOf("}");
  const typed = kind === "template" ? before.slice(before.lastIndexOf("{") + 1) : before;
  const own =
    kind === "template" && !typed.includes(".")
      ? names.filter((n) => n.startsWith(typed)).map((text) => ({ text, type: "" }))
      : [];
  const choices = open && inside ? [...own, ...suggest(typed)].slice(0, 12) : [];
  const take = (text: string) => {
    const last = wordBefore(typed).split(".").pop() ?? "";
    const head = before.slice(0, before.length - last.length) + text;
    onChange(head + value.slice(caret));
    setOpen(false);
    requestAnimationFrame(() => {
      area.current?.focus();
      area.current?.setSelectionRange(head.length, head.length);
      setCaret(head.length);
    });
  };
  return (
    <div className="relative">
      <textarea
        {...aria}
        ref={area}
        disabled={disabled}
        rows={Math.min(8, Math.max(kind === "template" ? 3 : 1, value.split("\n").length))}
        value={value}
        placeholder={placeholder}
        spellCheck={kind === "template"}
        role="combobox"
        aria-autocomplete="list"
        aria-expanded={choices.length > 0}
        aria-controls={list}
        onChange={(e) => {
          onChange(e.target.value);
          setCaret(e.target.selectionStart);
          setOpen(!(e.nativeEvent as InputEvent).isComposing);
          setMarked(0);
        }}
        onSelect={(e) => setCaret(e.currentTarget.selectionStart)}
        onBlur={() => setTimeout(() => setOpen(false), 150)}
        onKeyDown={(e) => {
          if (e.nativeEvent.isComposing) return;
          if (e.key === " " && e.ctrlKey) {
            e.preventDefault();
            setOpen(true);
          }
          if (choices.length === 0) return;
          const choice = choices[marked];
          if (e.key === "ArrowDown") setMarked((marked + 1) % choices.length);
          else if (e.key === "ArrowUp") setMarked((marked + choices.length - 1) % choices.length);
          else if ((e.key === "Enter" || e.key === "Tab") && choice) take(choice.text);
          else if (e.key === "Escape") {
            e.stopPropagation();
            setOpen(false);
          } else return;
          e.preventDefault();
        }}
        className={cn(
          "w-full resize-y rounded-control border border-control/60 bg-surface px-2 py-1.5 placeholder:text-faint disabled:opacity-60 aria-invalid:border-bad",
          kind === "expression" && "font-mono text-[13px]",
        )}
      />
      {choices.length > 0 && (
        <div
          id={list}
          role="listbox"
          aria-label={t("form.completion")}
          className="absolute inset-x-0 top-full z-30 max-h-56 overflow-auto rounded-card border bg-surface p-1 shadow-lg"
        >
          {choices.map((choice, i) => (
            <div
              key={choice.text}
              role="option"
              tabIndex={-1}
              aria-selected={i === marked}
              onMouseDown={(e) => {
                e.preventDefault();
                take(choice.text);
              }}
              className={cn(
                "flex cursor-pointer justify-between gap-4 rounded px-2 py-0.5 font-mono text-[13px]",
                i === marked && "bg-primary-soft",
              )}
            >
              {choice.text}
              <span className="text-xs text-faint">{choice.type}</span>
            </div>
          ))}
        </div>
      )}
    </div>
  );
}
