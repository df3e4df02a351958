import { create, type DescField, type DescMessage, type Message } from "@bufbuild/protobuf";
import { reflect } from "@bufbuild/protobuf/reflect";
import { type TimeWindows, TimeWindowsSchema } from "@gen/flowdesk/v1/nodes_message_pb";
import type { DelayRule } from "@gen/flowdesk/v1/nodes_reply_pb";
import { type FieldSpec, Widget } from "@gen/flowdesk/v1/options_pb";
import { RotateCcw } from "lucide-react";
import { specOf } from "@/graph/kinds";
import { pick, useText } from "@/i18n";
import { Button } from "@/ui/button";
import { Field } from "@/ui/field";
import { useForm } from "./context";
import { defaultOf, defaultText } from "./defaults";
import { DelayBars, SettingsDelayBars } from "./delay-table";
import { ruleText } from "./delay-text";
import { ListField } from "./list-field";
import { type Change, MessageForm } from "./message-form";
import { at, findingsAt, findingsUnder } from "./path";
import { Scalar } from "./scalar";
import { WellKnown, wellKnown } from "./well-known";
import { WindowsBar } from "./windows-bar";

/** FieldRow is one field of a form, under its path, by which a finding or a link leads to it. */
export function FieldRow(props: {
  field: DescField;
  desc: DescMessage;
  value: Message;
  path: string;
  onChange: Change;
}) {
  return (
    <div data-field={at(props.path, props.field.name)}>
      <Row {...props} />
    </div>
  );
}

// Row is its label, help and finding around the control that its type and widget ask for.
function Row({
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
  const { findings, readOnly, changed } = useForm();
  const spec = specOf(field);
  const here = at(path, field.name);
  const title = pick(spec?.label, lang) || field.name;
  const label = changed?.has(here) ? (
    <>
      {title} <span className="font-normal text-warn">● {t("form.unsaved")}</span>
    </>
  ) : (
    title
  );
  const r = reflect(desc, value);
  const set = (next: unknown) => onChange(withField(value, field, next), here);
  const clear = () => onChange(cleared(desc, value, field), here);
  const current = currentOf(value, field);
  const own = findingsAt(findings, here);
  const worst = own[0];
  const error = worst && (lang === "zh" && worst.messageZh ? worst.messageZh : worst.message);
  const inherits = defaultText(field, spec, lang);
  const isSet = r.isSet(field);
  const start =
    isSet || readOnly || spec?.setting || !startable(field, spec) ? undefined : defaultOf(desc, field, spec);
  const action =
    isSet && inherits && !readOnly ? (
      <LinkButton onClick={clear} title={t("form.default", { value: inherits })}>
        {t("form.reset")}
      </LinkButton>
    ) : start !== undefined ? (
      <LinkButton onClick={() => set(start)}>{t("form.begin")}</LinkButton>
    ) : undefined;

  if (field.fieldKind === "message" && !wellKnown(field.message)) {
    const inner = current as Message | undefined;
    return (
      <section className="rounded-card border">
        <header className="flex items-center justify-between gap-2 px-3 py-2">
          <h3 className="text-[13px] font-medium text-soft">{label}</h3>
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
          <div className="flex flex-col gap-3 border-t p-3">
            {field.message.typeName === TimeWindowsSchema.typeName && <WindowsBar value={inner as TimeWindows} />}
            <MessageForm desc={field.message} value={inner} path={here} onChange={(next) => set(next)} />
          </div>
        ) : (
          inherits && <p className="px-3 pb-2 text-xs text-faint">{t("form.default", { value: inherits })}</p>
        )}
      </section>
    );
  }
  if (field.fieldKind === "list" && field.listKind === "message") {
    const items = (current as Message[] | undefined) ?? [];
    const table = spec?.widget === Widget.DELAY_TABLE;
    const rules = (items.length > 0 ? items : defaultOf(desc, field, spec)) as DelayRule[] | undefined;
    return (
      <ListField
        field={field}
        label={label}
        help={pick(spec?.help, lang)}
        items={items}
        path={here}
        error={error}
        inherits={inherits}
        findings={findingsUnder(findings, here)}
        action={action}
        lead={
          table && (rules ? <DelayBars rules={rules} /> : <SettingsDelayBars onBegin={readOnly ? undefined : set} />)
        }
        describe={table ? (item) => ruleText(item as DelayRule, t, lang) : undefined}
        onChange={set}
      />
    );
  }
  return (
    <Field
      label={label}
      help={[
        pick(spec?.help, lang),
        inherits && !isSet && !shownInside(field, spec) && t("form.default", { value: inherits }),
        !inherits && spec?.example && t("form.example", { value: spec.example }),
      ]
        .filter(Boolean)
        .join(" ")}
      error={error}
      action={action}
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

function LinkButton({ onClick, title, children }: { onClick: () => void; title?: string; children: string }) {
  return (
    <button type="button" data-action className="text-xs text-primary hover:underline" onClick={onClick} title={title}>
      {children}
    </button>
  );
}

// Long texts and lists are changed by beginning from their default; for the others it is as quick to type.
function startable(field: DescField, spec: FieldSpec | undefined): boolean {
  return field.fieldKind === "list" || spec?.widget === Widget.TEMPLATE || spec?.widget === Widget.MULTILINE;
}

// A default that stands in the control as its placeholder is not told again.
function shownInside(field: DescField, spec: FieldSpec | undefined): boolean {
  return spec?.widget === Widget.TEMPLATE || (field.fieldKind === "scalar" && field.scalar === 9 && !spec?.setting);
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
