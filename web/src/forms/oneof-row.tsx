import { create, type DescMessage, type DescOneof, type Message } from "@bufbuild/protobuf";
import { useRef } from "react";
import { specOf } from "@/graph/kinds";
import { pick, useText } from "@/i18n";
import { cn } from "@/ui/cn";
import { useForm } from "./context";
import { FieldRow } from "./field-row";
import type { Change } from "./message-form";

type Chosen = { case: string | undefined; value?: unknown };

/** OneofRow chooses one of several shapes. Values of the others are kept until the form closes, so that trying one costs nothing. */
export function OneofRow({
  oneof,
  desc,
  value,
  path,
  onChange,
}: {
  oneof: DescOneof;
  desc: DescMessage;
  value: Message;
  path: string;
  onChange: Change;
}) {
  const { t, lang } = useText();
  const { readOnly } = useForm();
  const kept = useRef(new Map<string, Chosen>());
  const chosen = (value as unknown as Record<string, Chosen>)[oneof.localName] ?? { case: undefined };
  if (chosen.case) kept.current.set(chosen.case, chosen);
  const choose = (name: string | undefined) => {
    const field = oneof.fields.find((f) => f.localName === name);
    const fresh: Chosen = { case: name };
    if (field?.fieldKind === "message") fresh.value = create(field.message);
    else if (field?.fieldKind === "scalar") fresh.value = field.scalar === 8 ? false : field.scalar === 9 ? "" : 0;
    else if (field?.fieldKind === "enum") fresh.value = 0;
    onChange(
      { ...value, [oneof.localName]: name ? (kept.current.get(name) ?? fresh) : { case: undefined } } as Message,
      oneof.name,
    );
  };
  const field = oneof.fields.find((f) => f.localName === chosen.case);
  return (
    <fieldset className="flex flex-col gap-3" disabled={readOnly}>
      <legend className="sr-only">{oneof.name}</legend>
      <div className="flex flex-wrap gap-1 rounded-control bg-sunken p-1">
        {oneof.fields.map((f) => (
          <button
            key={f.name}
            type="button"
            aria-pressed={f.localName === chosen.case}
            onClick={() => choose(f.localName === chosen.case ? undefined : f.localName)}
            className={cn(
              "flex-1 rounded px-2 py-1 text-[13px] whitespace-nowrap text-soft",
              f.localName === chosen.case && "bg-surface font-medium text-ink shadow-sm",
            )}
          >
            {pick(specOf(f)?.label, lang) || f.name}
          </button>
        ))}
      </div>
      {field ? (
        <FieldRow field={field} desc={desc} value={value} path={path} onChange={onChange} />
      ) : (
        <p className="text-xs text-faint">{t("form.noneChosen")}</p>
      )}
    </fieldset>
  );
}
