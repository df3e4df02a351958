import { type DescMessage, fromJson, type JsonValue, type Message, toJson } from "@bufbuild/protobuf";
import { useEffect, useRef, useState } from "react";
import { parseDocument, stringify } from "yaml";
import { registry } from "@/api/registry";
import { useText } from "@/i18n";
import { Textarea } from "@/ui/field";

/** configText is a node's config as it stands in a flow's file. */
export function configText(desc: DescMessage, value: Message): string {
  const config = toJson(desc, value, { useProtoFieldName: true, registry });
  return Object.keys(config as object).length === 0 ? "" : stringify(config, { lineWidth: 100 });
}

/** readConfig reads a config, YAML or JSON; what is wrong is told with its line where the text itself cannot be read. */
export function readConfig(desc: DescMessage, text: string): { value?: Message; wrong?: string } {
  const tree = parseDocument(text);
  const [broken] = tree.errors;
  if (broken) {
    const { line = 1, col = 1 } = broken.linePos?.[0] ?? {};
    return { wrong: `${line}:${col} ${broken.message.split("\n")[0]}` };
  }
  try {
    return { value: fromJson(desc, (tree.toJS() ?? {}) as JsonValue, { registry }) };
  } catch (failure) {
    return { wrong: failure instanceof Error ? failure.message : String(failure) };
  }
}

/** NodeSource is a node's config as text, both ways: what can be read becomes the config, what cannot leaves it as it was and says why. */
export function NodeSource({
  desc,
  value,
  readOnly,
  onChange,
}: {
  desc: DescMessage;
  value: Message;
  readOnly: boolean;
  onChange: (next: Message) => void;
}) {
  const { t } = useText();
  const [text, setText] = useState(() => configText(desc, value));
  const [wrong, setWrong] = useState<string>();
  const mine = useRef(value);
  useEffect(() => {
    if (mine.current === value) return;
    mine.current = value;
    setText(configText(desc, value));
    setWrong(undefined);
  }, [desc, value]);
  const change = (next: string) => {
    setText(next);
    const read = readConfig(desc, next);
    setWrong(read.wrong);
    if (!read.value) return;
    mine.current = read.value;
    onChange(read.value);
  };
  return (
    <div className="flex flex-col gap-1">
      <Textarea
        aria-label={t("editor.nodeSource")}
        aria-invalid={wrong !== undefined}
        spellCheck={false}
        readOnly={readOnly}
        rows={Math.min(24, Math.max(6, text.split("\n").length + 1))}
        className="font-mono text-[13px] leading-5"
        value={text}
        onChange={(e) => change(e.target.value)}
      />
      <p aria-live="polite" className={wrong ? "text-xs text-bad" : "text-xs text-faint"}>
        {wrong ?? t("editor.nodeSourceHint")}
      </p>
    </div>
  );
}
