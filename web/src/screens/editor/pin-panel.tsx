import type { JsonObject } from "@bufbuild/protobuf";
import type { Node } from "@gen/flowdesk/v1/definition_pb";
import { useState } from "react";
import { failed, portsOf } from "@/graph/kinds";
import type { Pin } from "@/graph/trial";
import { pick, useText } from "@/i18n";
import { Button } from "@/ui/button";
import { Field, Select, Textarea } from "@/ui/field";

/** PinPanel shows a node's pinned output, which trials give instead of running it, and lets it be edited and taken off. */
export function PinPanel({
  node,
  pin,
  onPin,
  onUnpin,
}: {
  node: Node;
  pin: Pin;
  onPin: (pin: Pin) => void;
  onUnpin: () => void;
}) {
  const { t, lang } = useText();
  const { "@type": type, ...body } = pin.output;
  const [text, setText] = useState(() => JSON.stringify(body, null, 2));
  const [bad, setBad] = useState(false);
  const change = (typed: string) => {
    setText(typed);
    try {
      const output = JSON.parse(typed) as JsonObject;
      setBad(typeof output !== "object" || output === null || Array.isArray(output));
      if (typeof output === "object" && output !== null && !Array.isArray(output))
        onPin({ ...pin, output: { "@type": type ?? "", ...output } });
    } catch {
      setBad(true);
    }
  };
  return (
    <section className="flex flex-col gap-3 rounded-card border border-wait/50 p-3">
      <div className="flex items-center justify-between gap-2">
        <h3 className="text-[13px] font-semibold">{t("drawing.pinTitle")}</h3>
        <Button size="small" onClick={onUnpin}>
          {t("drawing.unpin")}
        </Button>
      </div>
      <p className="text-xs text-faint">{t("drawing.pinHint")}</p>
      <Field label={t("drawing.pinPort")}>
        {(p) => (
          <Select {...p} value={pin.port || "out"} onChange={(e) => onPin({ ...pin, port: e.target.value })}>
            {[...portsOf(node), { name: failed, label: undefined }].map((port) => (
              <option key={port.name} value={port.name}>
                {port.name === failed ? t("editor.onError") : pick(port.label, lang) || port.name}
              </option>
            ))}
          </Select>
        )}
      </Field>
      <Field label={t("steps.output")} error={bad ? t("drawing.pinBad") : undefined}>
        {(p) => (
          <Textarea
            {...p}
            rows={6}
            spellCheck={false}
            className="font-mono text-xs"
            value={text}
            onChange={(e) => change(e.target.value)}
          />
        )}
      </Field>
    </section>
  );
}
