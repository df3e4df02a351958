import { useState } from "react";
import { useText } from "@/i18n";
import { Confirm } from "@/parts/confirm";
import { Field, Input, Textarea } from "@/ui/field";
import type { Simulated } from "./simulation";

/** Burst lets many people speak in many groups at once, as on a busy morning. */
export function Burst({ simulation, onClose }: { simulation: Simulated; onClose: () => void }) {
  const { t } = useText();
  const [messages, setMessages] = useState(200);
  const [groups, setGroups] = useState(20);
  const [texts, setTexts] = useState(t("sim.burstSample"));
  const lines = texts
    .split("\n")
    .map((line) => line.trim())
    .filter(Boolean);
  const within = (n: number, most: number) => Number.isInteger(n) && n >= 1 && n <= most;
  return (
    <Confirm
      open
      onClose={onClose}
      title={t("sim.burstTitle")}
      verb={t("sim.burstGo", { messages, groups })}
      disabled={!within(messages, 1000) || !within(groups, 100) || lines.length === 0}
      onConfirm={() =>
        simulation.play(
          { action: { case: "burst", value: { messages, groups, texts: lines } } },
          { action: { case: "advance", value: { way: { case: "by", value: { seconds: 60n } } } } },
        )
      }
    >
      <p className="text-soft">{t("sim.burstHint")}</p>
      <div className="grid grid-cols-2 gap-3">
        <Field label={t("sim.burstMessages")} help="1–1000">
          {(p) => (
            <Input
              {...p}
              type="number"
              min={1}
              max={1000}
              value={messages}
              onChange={(e) => setMessages(e.target.valueAsNumber)}
            />
          )}
        </Field>
        <Field label={t("sim.burstGroups")} help="1–100">
          {(p) => (
            <Input
              {...p}
              type="number"
              min={1}
              max={100}
              value={groups}
              onChange={(e) => setGroups(e.target.valueAsNumber)}
            />
          )}
        </Field>
      </div>
      <Field label={t("sim.burstTexts")} help={t("sim.burstTextsHint")}>
        {(p) => <Textarea {...p} rows={4} value={texts} onChange={(e) => setTexts(e.target.value)} />}
      </Field>
    </Confirm>
  );
}
