import { Bug, CloudLightning, StepForward, UserRoundCog } from "lucide-react";
import { useState } from "react";
import { useText } from "@/i18n";
import { Button } from "@/ui/button";
import { cn } from "@/ui/cn";
import { Burst } from "./burst";
import { Clock } from "./clock";
import { Setup } from "./setup";
import { type Simulated, StepMode } from "./simulation";

const ignore = () => {};

/** Controls are the clock, the debugger, and what happens to many at once or before the first word. */
export function Controls({ simulation, className }: { simulation: Simulated; className?: string }) {
  const { t } = useText();
  const [open, setOpen] = useState<"burst" | "setup">();
  const debug = simulation.state?.simulation?.debug;
  const { busy } = simulation;
  const close = () => setOpen(undefined);
  return (
    <section
      aria-label={t("sim.controls")}
      className={cn("flex flex-wrap items-center gap-x-1.5 gap-y-2 border-t bg-surface px-3 py-2", className)}
    >
      <Clock simulation={simulation} />
      <span className="flex-1" />
      {debug?.held && (
        <>
          <Button
            size="small"
            tone="primary"
            disabled={busy}
            onClick={() => void simulation.step(StepMode.NODE).catch(ignore)}
          >
            <StepForward /> {t("sim.step")}
          </Button>
          <Button size="small" disabled={busy} onClick={() => void simulation.step(StepMode.TURN).catch(ignore)}>
            {t("sim.stepTurn")}
          </Button>
          <Button size="small" disabled={busy} onClick={() => void simulation.step(StepMode.CONTINUE).catch(ignore)}>
            {t("sim.continue")}
          </Button>
        </>
      )}
      <Button
        size="small"
        aria-pressed={debug?.everyNode ?? false}
        disabled={busy}
        onClick={() => void simulation.debug(!(debug?.everyNode ?? false), debug?.breakpoints).catch(ignore)}
      >
        <Bug /> {debug?.everyNode ? t("sim.debugOff") : t("sim.debug")}
      </Button>
      <Button size="small" disabled={busy} onClick={() => setOpen("burst")}>
        <CloudLightning /> {t("sim.burst")}
      </Button>
      <Button size="small" onClick={() => setOpen("setup")}>
        <UserRoundCog /> {t("sim.setup")}
      </Button>
      {open === "burst" && <Burst simulation={simulation} onClose={close} />}
      {open === "setup" && <Setup simulation={simulation} onClose={close} />}
    </section>
  );
}
