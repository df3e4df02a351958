import { X } from "lucide-react";
import { useState } from "react";
import { useText } from "@/i18n";

/** Words is a list of short texts. Enter adds one; a pasted list is cut at lines and at commas of either width. */
export function Words({
  value,
  onChange,
  disabled,
  ...aria
}: {
  value: string[];
  onChange: (next: string[]) => void;
  disabled: boolean;
  id: string;
  "aria-describedby": string;
  "aria-invalid": boolean;
}) {
  const { t } = useText();
  const [text, setText] = useState("");
  const add = (typed: string) => {
    const words = typed
      .split(/[\n,，、;；]/)
      .map((word) => word.trim())
      .filter((word) => word && !value.includes(word));
    if (words.length > 0) onChange([...value, ...new Set(words)]);
    setText("");
  };
  return (
    <div className="flex flex-wrap gap-1 rounded-control border border-control/60 bg-surface p-1">
      {value.map((word) => (
        <span key={word} className="inline-flex items-center gap-1 rounded bg-sunken px-1.5 text-[13px]">
          {word}
          <button
            type="button"
            disabled={disabled}
            aria-label={t("form.remove", { word })}
            onClick={() => onChange(value.filter((w) => w !== word))}
            className="text-faint hover:text-bad"
          >
            <X className="size-3.5" />
          </button>
        </span>
      ))}
      <input
        {...aria}
        disabled={disabled}
        value={text}
        placeholder={value.length === 0 ? t("form.addWord") : ""}
        onChange={(e) =>
          /[\n,，、;；]/.test(e.target.value) && !(e.nativeEvent as InputEvent).isComposing
            ? add(e.target.value)
            : setText(e.target.value)
        }
        onPaste={(e) => {
          const pasted = e.clipboardData.getData("text");
          if (!/[\n,，、;；]/.test(pasted)) return;
          e.preventDefault();
          add(text + pasted);
        }}
        onKeyDown={(e) => {
          if (e.nativeEvent.isComposing) return;
          if (e.key === "Enter") {
            e.preventDefault();
            add(text);
          }
          if (e.key === "Backspace" && text === "" && value.length > 0) onChange(value.slice(0, -1));
        }}
        onBlur={() => text && add(text)}
        className="min-w-24 flex-1 bg-transparent px-1 outline-none"
      />
    </div>
  );
}
