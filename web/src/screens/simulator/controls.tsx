import { timestampDate } from "@bufbuild/protobuf/wkt";
import { useQuery } from "@connectrpc/connect-query";
import { RobotModeSchema } from "@gen/flowdesk/v1/simulation_pb";
import { SimulatorService } from "@gen/flowdesk/v1/simulator_pb";
import { Bug, FastForward, FlaskConical, Moon, RotateCcw, SkipForward, StepForward, Sun } from "lucide-react";
import { enumChoices } from "@/api/labels";
import { pick, useText } from "@/i18n";
import { absolute, span } from "@/parts/time";
import { Button } from "@/ui/button";
import { Select } from "@/ui/field";
import { Tip } from "@/ui/tip";
import { type Simulated, StepMode } from "./simulation";

/** Controls are the clock, the robots, the scenarios and the debugger. */
export function Controls({ simulation, onTests }: { simulation: Simulated; onTests: () => void }) {
  const { t, lang } = useText();
  const scenarios =
    useQuery(SimulatorService.method.listScenarios, {}, { staleTime: Number.POSITIVE_INFINITY }).data?.scenarios ?? [];
  const info = simulation.state?.simulation;
  if (!info) return null;
  const now = info.clock && timestampDate(info.clock);
  const next = info.nextTime && timestampDate(info.nextTime);
  const { busy } = simulation;
  const go = (work: Promise<void>) => void work.catch(() => {});
  const at = (clock: string) =>
    go(simulation.play({ action: { case: "advance", value: { way: { case: "clock", value: clock } } } }));
  const by = (seconds: number) =>
    go(
      simulation.play({
        action: { case: "advance", value: { way: { case: "by", value: { seconds: BigInt(seconds) } } } },
      }),
    );
  const held = info.debug?.held ?? false;
  return (
    <section aria-label={t("sim.controls")} className="flex flex-wrap items-center gap-2 border-t bg-surface px-3 py-2">
      <time className="font-mono text-[13px] font-medium" data-testid="clock">
        {now && absolute(now, lang, true)}
      </time>
      <Tip
        text={next && now ? t("sim.nextIn", { left: span(next.getTime() - now.getTime(), lang) }) : t("sim.noNext")}
        side="top"
      >
        <Button
          size="small"
          disabled={busy || !next}
          onClick={() =>
            go(simulation.play({ action: { case: "advance", value: { way: { case: "next", value: 1 } } } }))
          }
        >
          <SkipForward /> {t("sim.next")}
        </Button>
      </Tip>
      <Button size="small" disabled={busy} onClick={() => by(600)}>
        <FastForward /> {t("sim.tenMinutes")}
      </Button>
      <Button size="small" disabled={busy} onClick={() => at("10:00")}>
        <Sun /> 10:00
      </Button>
      <Button size="small" disabled={busy} onClick={() => at("22:30")}>
        <Moon /> 22:30
      </Button>
      <Button size="small" disabled={busy} onClick={() => at("02:00")}>
        <Moon /> 02:00
      </Button>
      <span className="mx-1 h-5 border-l" />
      {info.robots.map((robot) => (
        <label key={robot.id} className="flex items-center gap-1 text-xs text-soft max-xl:hidden">
          {robot.title || robot.id}
          <select
            className="rounded border bg-surface text-xs"
            value={robot.mode || 1}
            disabled={busy}
            onChange={(e) =>
              go(simulation.play({ action: { case: "robot", value: { id: robot.id, mode: Number(e.target.value) } } }))
            }
          >
            {enumChoices(RobotModeSchema, lang).map((c) => (
              <option key={c.value} value={c.value}>
                {c.label}
              </option>
            ))}
          </select>
        </label>
      ))}
      <span className="flex-1" />
      {held ? (
        <>
          <Button size="small" tone="primary" disabled={busy} onClick={() => go(simulation.step(StepMode.NODE))}>
            <StepForward /> {t("sim.step")}
          </Button>
          <Button size="small" disabled={busy} onClick={() => go(simulation.step(StepMode.CONTINUE))}>
            {t("sim.continue")}
          </Button>
        </>
      ) : null}
      <Button
        size="small"
        aria-pressed={info.debug?.everyNode ?? false}
        disabled={busy}
        onClick={() => go(simulation.debug(!(info.debug?.everyNode ?? false), info.debug?.breakpoints ?? []))}
      >
        <Bug /> {info.debug?.everyNode ? t("sim.debugOff") : t("sim.debug")}
      </Button>
      <Select
        aria-label={t("sim.scenario")}
        className="max-w-44"
        value={info.testCase.startsWith("scenarios/") ? info.testCase : ""}
        disabled={busy}
        onChange={(e) => e.target.value && go(simulation.begin(e.target.value))}
      >
        <option value="">{t("sim.scenario")}</option>
        {scenarios.map((s) => (
          <option key={s.name} value={s.name}>
            {pick(s.title, lang)}
          </option>
        ))}
      </Select>
      <Button size="small" disabled={busy} onClick={() => go(simulation.begin())}>
        <RotateCcw /> {t("sim.reset")}
      </Button>
      <Button size="small" onClick={onTests}>
        <FlaskConical /> {t("sim.tests")}
      </Button>
    </section>
  );
}
