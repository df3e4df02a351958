import { timestampDate } from "@bufbuild/protobuf/wkt";
import { FastForward, Moon, Pause, SkipForward, Sun } from "lucide-react";
import { useEffect, useRef, useState } from "react";
import { useText } from "@/i18n";
import { absolute, span } from "@/parts/time";
import { Button } from "@/ui/button";
import { cn } from "@/ui/cn";
import { Tip } from "@/ui/tip";
import type { Simulated } from "./simulation";

const speeds = [0, 1, 60, 3600] as const;
type Speed = (typeof speeds)[number];

const ignore = () => {};

/** Clock is the virtual time: it jumps to the next timer or to an hour, or runs once, sixty or 3,600 times as fast as life. */
export function Clock({ simulation }: { simulation: Simulated }) {
  const { t, lang } = useText();
  const info = simulation.state?.simulation;
  const now = info?.clock && timestampDate(info.clock);
  const next = info?.nextTime && timestampDate(info.nextTime);
  const { busy } = simulation;
  const [speed, setSpeed] = useRunning(simulation);
  const advance = (way: { case: "clock"; value: string } | { case: "next"; value: number }) =>
    void simulation.play({ action: { case: "advance", value: { way } } }).catch(ignore);
  return (
    <>
      <time className="text-[13px] font-medium whitespace-nowrap tabular-nums" data-testid="clock">
        {now && absolute(now, lang, true)}
      </time>
      <fieldset className="flex rounded-control border bg-surface">
        <legend className="sr-only">{t("sim.speed")}</legend>
        {speeds.map((s) => (
          <button
            key={s}
            type="button"
            aria-pressed={speed === s}
            aria-label={s === 0 ? t("sim.pause") : t("sim.times", { speed: s })}
            title={s === 0 ? t("sim.pause") : t("sim.times", { speed: s })}
            onClick={() => setSpeed(s)}
            className={cn(
              "flex h-7 min-w-8 items-center justify-center px-1.5 text-[13px] text-soft max-md:h-10",
              speed === s && "bg-primary-soft font-medium text-primary",
            )}
          >
            {s === 0 ? <Pause className="size-3.5" aria-hidden /> : `×${s}`}
          </button>
        ))}
      </fieldset>
      <Tip
        text={next && now ? t("sim.nextIn", { left: span(next.getTime() - now.getTime(), lang) }) : t("sim.noNext")}
        side="top"
      >
        <Button size="small" disabled={busy || !next} onClick={() => advance({ case: "next", value: 1 })}>
          <SkipForward /> {t("sim.next")}
        </Button>
      </Tip>
      <Button size="small" disabled={busy} onClick={() => void simulation.tick(600).catch(ignore)}>
        <FastForward /> {t("sim.tenMinutes")}
      </Button>
      {(["10:00", "22:30", "02:00"] as const).map((hour) => (
        <Button
          key={hour}
          size="small"
          disabled={busy}
          title={t("sim.jumpTo", { hour })}
          onClick={() => advance({ case: "clock", value: hour })}
        >
          {hour === "10:00" ? <Sun /> : <Moon />} {hour}
        </Button>
      ))}
    </>
  );
}

// The clock runs while the page is seen and nothing is held; each second of life is one move of the clock.
function useRunning(simulation: Simulated): [Speed, (speed: Speed) => void] {
  const [speed, setSpeed] = useState<Speed>(0);
  const latest = useRef(simulation);
  latest.current = simulation;
  const held = simulation.state?.simulation?.debug?.held ?? false;
  useEffect(() => {
    if (speed === 0 || held) return;
    const beat = setInterval(() => {
      if (document.hidden || latest.current.busy) return;
      latest.current.tick(speed).catch(() => setSpeed(0));
    }, 1000);
    return () => clearInterval(beat);
  }, [speed, held]);
  return [speed, setSpeed];
}
