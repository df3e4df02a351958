import { create, type DescField, type DescMessage, type Message } from "@bufbuild/protobuf";
import { reflect } from "@bufbuild/protobuf/reflect";
import { RotateCcw } from "lucide-react";
import { specOf } from "@/graph/kinds";
import { pick, useText } from "@/i18n";
import { Button } from "@/ui/button";
import { Field } from "@/ui/field";
import { useForm } from "./context";
import { defaultText } from "./defaults";
import { ListField } from "./list-field";
import { type Change, MessageForm } from "./message-form";
import { at, findingsAt, findingsUnder } from "./path";
import { Scalar } from "./scalar";
import { WellKnown, wellKnown } from "./well-known";

/** FieldRow is one field of a form: its label, help and finding around the control that its type and widget ask for. */
export function FieldRow({
  field,
  desc,
  value,
  path,
  onChange,
}: {
  field: DescField;
  desc: DescMessage;
  value: Message;
  path: string;
  onChange: Change;
}) {
  const { t, lang } = useText();
  const { findings, readOnly } = useForm();
  const spec = specOf(field);
  const here = at(path, field.name);
  const label = pick(spec?.label, lang) || field.name;
  const r = reflect(desc, value);
  const set = (next: unknown) => onChange(withField(value, field, next), here);
  const clear = () => onChange(cleared(desc, value, field), here);
  const current = currentOf(value, field);
  const own = findingsAt(findings, here);
  const worst = own[0];
  const error = worst && (lang === "zh" && worst.messageZh ? worst.messageZh : worst.message);
  const inherits = defaultText(field, spec, lang);

  if (field.fieldKind === "message" && !wellKnown(field.message)) {
    const inner = current as Message | undefined;
    return (
      <section className="rounded-card border">
        <header className="flex items-center justify-between gap-2 px-3 py-2">
          <h4 className="text-[13px] font-medium text-soft">{label}</h4>
          {field.oneof === undefined &&
            (inner ? (
              <Button tone="quiet" size="small" disabled={readOnly} onClick={clear}>
                <RotateCcw /> {t("form.reset")}
              </Button>
            ) : (
              <Button size="small" disabled={readOnly} onClick={() => set(create(field.message))}>
                {t("form.own")}
              </Button>
            ))}
        </header>
        {error && <p className="px-3 pb-2 text-xs text-bad">{error}</p>}
        {inner ? (
          <div className="border-t p-3">
            <MessageForm desc={field.message} value={inner} path={here} onChange={(next) => set(next)} />
          </div>
        ) : (
          inherits && <p className="px-3 pb-2 text-xs text-faint">{t("form.default", { value: inherits })}</p>
        )}
      </section>
    );
  }
  if (field.fieldKind === "list" && field.listKind === "message") {
    return (
      <ListField
        field={field}
        label={label}
        items={(current as Message[] | undefined) ?? []}
        path={here}
        error={error}
        inherits={inherits}
        findings={findingsUnder(findings, here)}
        onChange={set}
      />
    );
  }
  const isSet = r.isSet(field);
  return (
    <Field
      label={label}
      help={
        pick(spec?.help, lang) ||
        (inherits && !isSet
          ? t("form.default", { value: inherits })
          : spec?.example
            ? t("form.example", { value: spec.example })
            : undefined)
      }
      error={error}
      action={
        isSet && inherits && !readOnly ? (
          <button
            type="button"
            className="text-xs text-primary hover:underline"
            onClick={clear}
            title={t("form.default", { value: inherits })}
          >
            {t("form.reset")}
          </button>
        ) : undefined
      }
    >
      {(props) =>
        field.fieldKind === "message" ? (
          <WellKnown
            {...props}
            desc={field.message}
            value={current as Message | undefined}
            inherits={spec?.defaultValue ?? ""}
            onChange={(next) => (next === undefined ? clear() : set(next))}
          />
        ) : (
          <Scalar
            {...props}
            field={field}
            spec={spec}
            value={current}
            isSet={isSet}
            inherits={inherits}
            onChange={(next) => (next === undefined ? clear() : set(next))}
          />
        )
      }
    </Field>
  );
}

function currentOf(message: Message, field: DescField): unknown {
  const record = message as unknown as Record<string, unknown>;
  if (!field.oneof) return record[field.localName];
  const chosen = record[field.oneof.localName] as { case?: string; value?: unknown };
  return chosen.case === field.localName ? chosen.value : undefined;
}

function withField(message: Message, field: DescField, next: unknown): Message {
  if (field.oneof) return { ...message, [field.oneof.localName]: { case: field.localName, value: next } } as Message;
  return { ...message, [field.localName]: next } as Message;
}

function cleared(desc: DescMessage, message: Message, field: DescField): Message {
  const next = { ...message };
  reflect(desc, next).clear(field);
  return next;
}
