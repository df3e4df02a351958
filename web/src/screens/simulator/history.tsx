import { timestampDate } from "@bufbuild/protobuf/wkt";
import { History as Icon } from "lucide-react";
import { pick, useText } from "@/i18n";
import { Empty } from "@/parts/states";
import { clock } from "@/parts/time";
import { Button } from "@/ui/button";
import type { Simulated } from "./simulation";

/** History lists the steps of a simulation; a click goes back to where any of them ended, or to the very beginning. */
export function History({ simulation }: { simulation: Simulated }) {
  const { t, lang } = useText();
  const steps = simulation.state?.history ?? [];
  if (steps.length === 0) return <Empty title={t("sim.noSteps")} hint={t("sim.noStepsHint")} />;
  const back = (keep: number) => void simulation.rewind(keep).catch(() => {});
  return (
    <>
      <p className="px-3 pt-2 text-xs text-faint">{t("sim.historyHint")}</p>
      <ol className="divide-y text-[13px] leading-5">
        {steps.map((step, i) => (
          <li key={step.number} className="flex flex-wrap items-center gap-2 px-3 py-1.5">
            <span className="w-6 text-right text-faint">{step.number}</span>
            <time className="font-mono text-xs text-faint">{step.time && clock(timestampDate(step.time), lang)}</time>
            <span className="min-w-0 flex-1">{pick(step.text, lang)}</span>
            {i < steps.length - 1 && (
              <Button
                size="small"
                disabled={simulation.busy}
                aria-label={t("sim.backAfter", { number: step.number })}
                onClick={() => back(step.number)}
              >
                <Icon /> {t("sim.back")}
              </Button>
            )}
          </li>
        ))}
      </ol>
    </>
  );
}
