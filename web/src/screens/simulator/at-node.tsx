import { useTrial } from "@/graph/trial";
import { useText } from "@/i18n";
import { Button } from "@/ui/button";
import { runTo } from "./breakpoints";
import type { Simulated } from "./simulation";

/** AtNode is what the debugger can do with the node that is selected. */
export function AtNode({ simulation, flow, node }: { simulation: Simulated; flow: string; node: string }) {
  const { t } = useText();
  const { breakpoints, toggleBreakpoint } = useTrial(flow);
  const debug = simulation.state?.simulation?.debug;
  const stopped = breakpoints.includes(node);
  return (
    <>
      {simulation.state?.lines.length || debug?.held ? (
        <Button
          size="small"
          disabled={simulation.busy}
          onClick={() => void runTo(simulation, node, debug?.breakpoints ?? []).catch(() => {})}
        >
          {t("sim.runTo")}
        </Button>
      ) : null}
      <Button
        size="small"
        aria-pressed={stopped}
        disabled={simulation.busy}
        title={t("sim.breakHint")}
        onClick={() => toggleBreakpoint(node)}
      >
        {t(stopped ? "sim.breakOff" : "sim.break")}
      </Button>
    </>
  );
}
