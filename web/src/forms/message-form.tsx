import type { DescField, DescMessage, DescOneof, Message } from "@bufbuild/protobuf";
import { reflect } from "@bufbuild/protobuf/reflect";
import { ChevronRight } from "lucide-react";
import { memo, useEffect, useState } from "react";
import { specOf } from "@/graph/kinds";
import { useText } from "@/i18n";
import { useForm } from "./context";
import { FieldRow } from "./field-row";
import { OneofRow } from "./oneof-row";
import { at } from "./path";

/** Change tells a form's new value and which field it was, so that letters typed in one field undo together. */
export type Change = (next: Message, field: string) => void;

/** MessageForm is a form made from a message's descriptor: labels, help, widgets, defaults and limits all come from its options. */
export const MessageForm = memo(function MessageForm({
  desc,
  value,
  path,
  onChange,
}: {
  desc: DescMessage;
  value: Message;
  path: string;
  onChange: Change;
}) {
  const { t } = useText();
  const { focus } = useForm();
  const [open, setOpen] = useState(false);
  useEffect(() => {
    const hidden = desc.fields.filter((f) => isAdvanced(f)).map((f) => at(path, f.name));
    if (
      focus &&
      hidden.some((f) => focus.path === f || focus.path.startsWith(`${f}.`) || focus.path.startsWith(`${f}[`))
    )
      setOpen(true);
  }, [focus, desc, path]);
  const members = desc.members.filter((m) => m.kind === "oneof" || m.oneof === undefined);
  const plain = members.filter((m) => !isAdvanced(m));
  const advanced = members.filter(isAdvanced);
  const r = reflect(desc, value);
  const changed = advanced.filter((m) => m.kind === "field" && r.isSet(m)).length;
  const row = (member: DescField | DescOneof) =>
    member.kind === "oneof" ? (
      <OneofRow key={member.name} oneof={member} desc={desc} value={value} path={path} onChange={onChange} />
    ) : (
      <FieldRow key={member.name} field={member} desc={desc} value={value} path={path} onChange={onChange} />
    );
  return (
    <div className="flex flex-col gap-4">
      {plain.map(row)}
      {advanced.length > 0 && (
        <section>
          <button
            type="button"
            aria-expanded={open}
            onClick={() => setOpen(!open)}
            className="flex items-center gap-1 text-[13px] text-soft"
          >
            <ChevronRight className={`size-4 transition-transform ${open ? "rotate-90" : ""}`} />
            {changed > 0 ? t("form.advancedChanged", { count: changed }) : t("form.advanced")}
          </button>
          {open && <div className="mt-3 flex flex-col gap-4">{advanced.map(row)}</div>}
        </section>
      )}
    </div>
  );
});

function isAdvanced(member: DescField | DescOneof): boolean {
  return member.kind === "field" && (specOf(member)?.advanced ?? false);
}
