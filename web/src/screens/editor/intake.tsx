import { equals } from "@bufbuild/protobuf";
import { NodeSchema } from "@gen/flowdesk/v1/definition_pb";
import type { ValidateFlowResponse } from "@gen/flowdesk/v1/flow_service_pb";
import { Severity } from "@gen/flowdesk/v1/resource_flow_pb";
import { CircleCheck, CircleX, FileUp, TriangleAlert } from "lucide-react";
import { type Doc, sameDoc } from "@/graph/doc";
import { joined, useText } from "@/i18n";
import { Button } from "@/ui/button";
import { Dialog } from "@/ui/dialog";

/** Taken is a file that was chosen or let fall on the canvas, as the server read it. */
export interface Taken {
  file: string;
  doc: Doc | undefined;
  answer: ValidateFlowResponse;
}

/** Intake shows what a file would make of the draft, and what would be wrong with it, before anything is written. */
export function Intake({
  taken,
  now,
  onTake,
  onClose,
}: {
  taken: Taken;
  now: Doc;
  onTake: (doc: Doc) => void;
  onClose: () => void;
}) {
  const { t, lang } = useText();
  const { file, doc, answer } = taken;
  const before = new Map(now.definition.nodes.map((n) => [n.id, n]));
  const after = new Map(doc?.definition.nodes.map((n) => [n.id, n]));
  const lost = now.definition.nodes.filter((n) => !after.has(n.id));
  const added = [...after.keys()].filter((id) => !before.has(id)).length;
  const changed = [...after.values()].filter((n) => {
    const old = before.get(n.id);
    return old !== undefined && !equals(NodeSchema, old, n);
  }).length;
  return (
    <Dialog
      open
      onClose={onClose}
      title={t("intake.title", { file })}
      description={doc ? t("intake.hint") : t("intake.bad")}
      footer={
        <>
          <Button onClick={onClose}>{t("do.cancel")}</Button>
          {doc && (
            <Button tone="primary" onClick={() => onTake(doc)}>
              <FileUp /> {t("intake.run")}
            </Button>
          )}
        </>
      }
    >
      <div className="flex flex-col gap-3">
        {doc && (
          <>
            <p className="font-medium">
              {t("intake.size", {
                title: doc.definition.title,
                nodes: doc.definition.nodes.length,
                edges: doc.definition.edges.length,
              })}
            </p>
            <p>
              {sameDoc(doc, now) ? t("intake.same") : t("intake.against", { added, removed: lost.length, changed })}
            </p>
            {lost.length > 0 && (
              <p className="text-soft">
                {t("intake.lost", {
                  nodes: joined(
                    lost.slice(0, 12).map((n) => n.name || n.id),
                    lang,
                  ),
                })}
              </p>
            )}
          </>
        )}
        <section>
          <h3 className="mb-1 text-[13px] font-medium">{t("intake.problems")}</h3>
          {answer.diagnostics.length === 0 && (
            <p className="inline-flex items-center gap-1 text-ok">
              <CircleCheck className="size-4" aria-hidden /> {t("intake.clean")}
            </p>
          )}
          <ul className="flex max-h-60 flex-col gap-1 overflow-y-auto">
            {answer.diagnostics.map((d) => (
              <li key={`${d.code}${d.node}${d.field}${d.line}${d.message}`} className="flex items-start gap-2">
                {d.severity === Severity.ERROR ? (
                  <CircleX className="mt-1 size-4 shrink-0 text-bad" aria-label={t("state.failed")} />
                ) : (
                  <TriangleAlert className="mt-1 size-4 shrink-0 text-warn" aria-hidden />
                )}
                <span>
                  {d.line > 0 && <span className="text-faint">{t("intake.line", { line: d.line })} </span>}
                  {(lang === "zh" && d.messageZh) || d.message}
                </span>
              </li>
            ))}
          </ul>
        </section>
      </div>
    </Dialog>
  );
}
