import { FlowService } from "@gen/flowdesk/v1/flow_service_pb";
import type { ChatLine } from "@gen/flowdesk/v1/simulation_pb";
import { useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { Link } from "react-router";
import { client } from "@/api/transport";
import { useText } from "@/i18n";
import { Confirm } from "@/parts/confirm";
import { useGate } from "@/parts/gate";
import { Dialog } from "@/ui/dialog";
import { Field, Textarea } from "@/ui/field";
import { originOf, reworded } from "./reword";
import type { Simulated } from "./simulation";

/** Reword changes what a robot says, in the flow's draft, and says where the words stand when they are not the flow's own. */
export function Reword({
  simulation,
  flow,
  line,
  onClose,
  onDrafted,
}: {
  simulation: Simulated;
  flow: string;
  line: ChatLine;
  onClose: () => void;
  /** What happens once the draft says it. */
  onDrafted: () => void;
}) {
  const { t } = useText();
  const queries = useQueryClient();
  const gate = useGate(FlowService.method.updateFlow);
  const [text, setText] = useState(line.text);
  const origin = simulation.state && originOf(simulation.state, line);
  if (!origin)
    return (
      <Dialog open onClose={onClose} title={t("sim.reword")}>
        <p className="text-soft">{t("sim.rewordElsewhere")}</p>
        <ul className="mt-3 flex list-disc flex-col gap-1 pl-5">
          {line.node && (
            <li>
              <Link className="text-primary hover:underline" to={`/flows/${flow}/edit?node=${line.node}`}>
                {t("sim.rewordNode", { node: line.node })}
              </Link>
            </li>
          )}
          <li>
            <Link className="text-primary hover:underline" to="/settings?section=templates">
              {t("sim.rewordTemplates")}
            </Link>
          </li>
        </ul>
      </Dialog>
    );
  const save = async () => {
    const name = `flows/${flow}`;
    const { flow: read } = await client(FlowService).getFlow({ name });
    if (!read?.definition) return;
    await client(FlowService).updateFlow({
      flow: { name, revision: read.revision, definition: reworded(read.definition, origin, text.trim()) },
      updateMask: { paths: ["definition"] },
    });
    await queries.invalidateQueries();
    onDrafted();
  };
  const node = simulation.state?.runs.flatMap((r) => r.path).find((step) => step.node === origin.node);
  return (
    <Confirm
      open
      onClose={onClose}
      title={t("sim.reword")}
      verb={t("sim.rewordSave")}
      disabled={gate.disabled || !text.trim() || text.trim() === line.text}
      onConfirm={save}
    >
      <Field
        label={
          origin.source === "not_found" ? t("sim.rewordNothing") : t("sim.rewordAnswer", { question: origin.question })
        }
        help={t("sim.rewordHint", { node: node?.title || origin.node })}
      >
        {(p) => <Textarea {...p} rows={4} maxLength={500} value={text} onChange={(e) => setText(e.target.value)} />}
      </Field>
      <Link
        className="self-start text-[13px] text-primary hover:underline"
        to={`/flows/${flow}/edit?node=${origin.node}`}
      >
        {t("sim.rewordEditor")}
      </Link>
    </Confirm>
  );
}
