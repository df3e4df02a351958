import { useQuery } from "@connectrpc/connect-query";
import { SimulatorService } from "@gen/flowdesk/v1/simulator_pb";
import { Play } from "lucide-react";
import { pick, useText } from "@/i18n";
import { Failure, Skeleton } from "@/parts/states";
import { Button } from "@/ui/button";
import { cn } from "@/ui/cn";
import { Dialog } from "@/ui/dialog";
import type { Simulated } from "./simulation";

/** useScenarios are the conversations that are shipped. They never change while the program runs. */
export function useScenarios() {
  return useQuery(SimulatorService.method.listScenarios, {}, { staleTime: Number.POSITIVE_INFINITY });
}

/** Scenarios plays one of the shipped conversations, or takes only what stands before its first word. */
export function Scenarios({ simulation, onClose }: { simulation: Simulated; onClose: () => void }) {
  const { t, lang } = useText();
  const { data, error, refetch } = useScenarios();
  const playing = simulation.state?.simulation?.testCase;
  const begin = (name: string, setupOnly: boolean) => {
    onClose();
    void simulation.begin(name, setupOnly).catch(() => {});
  };
  return (
    <Dialog open wide onClose={onClose} title={t("sim.scenario")} description={t("sim.scenarioHint")}>
      {error ? (
        <Failure error={error} onRetry={refetch} />
      ) : !data ? (
        <Skeleton />
      ) : (
        <ol className="grid gap-2 md:grid-cols-2">
          {data.scenarios.map((s, i) => (
            <li
              key={s.name}
              className={cn("flex flex-col gap-1 rounded-card border p-3", s.name === playing && "border-primary")}
            >
              <h3 className="font-medium">
                <span className="mr-1 text-faint">{i + 1}.</span>
                {pick(s.title, lang)}
              </h3>
              <p className="flex-1 text-[13px] leading-5 text-soft">{pick(s.description, lang)}</p>
              <div className="flex gap-2">
                <Button
                  size="small"
                  tone="primary"
                  disabled={simulation.busy}
                  aria-label={t("sim.playNamed", { name: pick(s.title, lang) })}
                  onClick={() => begin(s.name, false)}
                >
                  <Play /> {t("sim.play")}
                </Button>
                <Button size="small" disabled={simulation.busy} onClick={() => begin(s.name, true)}>
                  {t("sim.setupOnly")}
                </Button>
              </div>
            </li>
          ))}
        </ol>
      )}
    </Dialog>
  );
}
