import type { Derivation } from "@gen/flowdesk/v1/derivation_pb";
import { DerivationOutcomeSchema } from "@gen/flowdesk/v1/derivation_pb";
import { SimulatorService } from "@gen/flowdesk/v1/simulator_pb";
import { CircleCheck, CircleSlash } from "lucide-react";
import { useEffect, useState } from "react";
import { enumLabel } from "@/api/labels";
import { client } from "@/api/transport";
import { pick, useText } from "@/i18n";
import { because } from "@/i18n/reasons";
import { Empty, Failure, Skeleton } from "@/parts/states";
import { Tag } from "@/parts/status";
import { Understood } from "@/parts/understood";
import type { Simulated } from "./simulation";

/** Why tells of one line why it was said, or why it got no answer: in one sentence, and then rule by rule. */
export function Why({ simulation, line }: { simulation: Simulated; line: string }) {
  const { t, lang } = useText();
  const [derivation, setDerivation] = useState<Derivation>();
  const [error, setError] = useState<unknown>();
  const name = simulation.state?.simulation?.name ?? "";
  const revision = simulation.state?.simulation?.revision;
  const known = simulation.state?.lines.some((l) => l.id === line) ?? false;
  // biome-ignore lint/correctness/useExhaustiveDependencies: what became of a line changes with the simulation
  useEffect(() => {
    if (!known) return;
    let current = true;
    client(SimulatorService)
      .whySimulated({ name, line })
      .then(
        (answer) => {
          if (!current) return;
          setDerivation(answer.derivation);
          setError(undefined);
        },
        (failure) => current && setError(failure),
      );
    return () => {
      current = false;
    };
  }, [name, line, revision, known]);
  if (!known) return <Empty title={t("sim.noLine")} hint={t("sim.noLineHint")} />;
  if (error !== undefined) return <Failure error={error} />;
  if (!derivation) return <Skeleton rows={4} />;
  const { message } = derivation;
  return (
    <div className="flex flex-col gap-3 p-3 text-[13px] leading-5">
      <p className="text-[15px]">
        {derivation.outcome > 0 && (
          <Tag className="mr-1">{enumLabel(DerivationOutcomeSchema, derivation.outcome, lang)}</Tag>
        )}
        {pick(derivation.summary, lang)}
      </p>
      {derivation.delayReason && <p className="text-soft">{because(derivation.delayReason, lang)}</p>}
      {derivation.guards.length > 0 && (
        <section>
          <h4 className="mb-1 text-xs font-medium text-faint">{t("why.guards")}</h4>
          <ol className="flex flex-col gap-1">
            {derivation.guards.map((guard, i) => (
              // biome-ignore lint/suspicious/noArrayIndexKey: guards keep their order
              <li key={i} className="flex items-start gap-2">
                {guard.stopped ? (
                  <CircleSlash className="mt-0.5 size-4 shrink-0 text-warn" aria-label={t("why.stopped")} />
                ) : (
                  <CircleCheck className="mt-0.5 size-4 shrink-0 text-ok" aria-label={t("why.passed")} />
                )}
                <span>
                  {because(guard.reason, lang)}{" "}
                  <span className="text-xs text-faint">{[guard.node, guard.rule].filter(Boolean).join(" · ")}</span>
                </span>
              </li>
            ))}
          </ol>
        </section>
      )}
      {derivation.notes.map((note) => (
        <p key={note} className="text-soft">
          {because(note, lang)}
        </p>
      ))}
      {derivation.understanding && (
        <section>
          <h4 className="mb-1 text-xs font-medium text-faint">{t("ai.result")}</h4>
          <Understood understanding={derivation.understanding} text={message?.text ?? ""} />
        </section>
      )}
    </div>
  );
}
