import { create } from "@bufbuild/protobuf";
import { timestampDate, timestampFromDate } from "@bufbuild/protobuf/wkt";
import { type SimulationSetup, SimulationSetupSchema } from "@gen/flowdesk/v1/simulation_pb";
import { useEffect, useState } from "react";
import { useText } from "@/i18n";
import { Confirm } from "@/parts/confirm";
import { Failure, Skeleton } from "@/parts/states";
import { zone } from "@/parts/time";
import { Field, Input } from "@/ui/field";
import type { SetupInit, Simulated } from "./simulation";

/** Setup is what stands before the first word: when it begins, how long phones take, and chance. Changing it plays the conversation again. */
export function Setup({ simulation, onClose }: { simulation: Simulated; onClose: () => void }) {
  const { t } = useText();
  const [setup, setSetup] = useState<SimulationSetup>();
  const [error, setError] = useState<unknown>();
  const [start, setStart] = useState("");
  const [delay, setDelay] = useState(3);
  const [keep, setKeep] = useState(true);
  // biome-ignore lint/correctness/useExhaustiveDependencies: it is read once
  useEffect(() => {
    simulation
      .record(true)
      .then((recorded) => {
        const known = recorded?.setup;
        setSetup(known);
        if (known?.startTime) setStart(local(timestampDate(known.startTime)));
        if (known?.phoneDelay) setDelay(Number(known.phoneDelay.seconds));
      })
      .catch(setError);
  }, []);
  const steps = simulation.state?.history.length ?? 0;
  return (
    <Confirm
      open
      onClose={onClose}
      title={t("sim.setup")}
      verb={keep && steps > 0 ? t("sim.setupReplay") : t("sim.setupBegin")}
      disabled={!setup || !start || !(delay >= 0 && delay <= 3600)}
      onConfirm={() =>
        simulation.rewind(
          keep ? steps : 0,
          create(SimulationSetupSchema, {
            ...setup,
            // A test case brings its settings along; otherwise they are the organisation's, as they are now.
            settings: simulation.state?.simulation?.testCase ? setup?.settings : undefined,
            startTime: timestampFromDate(absoluteOf(start)),
            phoneDelay: { seconds: BigInt(Math.round(delay)) },
          } as SetupInit),
        )
      }
    >
      {error !== undefined ? (
        <Failure error={error} />
      ) : !setup ? (
        <Skeleton rows={3} />
      ) : (
        <>
          <p className="text-soft">{t("sim.setupHint")}</p>
          <Field label={t("sim.startTime")} help={zone.name}>
            {(p) => <Input {...p} type="datetime-local" value={start} onChange={(e) => setStart(e.target.value)} />}
          </Field>
          <Field label={t("sim.phoneDelay")} help={t("sim.phoneDelayHint")}>
            {(p) => (
              <Input
                {...p}
                type="number"
                min={0}
                max={3600}
                value={delay}
                onChange={(e) => setDelay(e.target.valueAsNumber)}
              />
            )}
          </Field>
          {steps > 0 && (
            <label className="flex items-center gap-2">
              <input type="checkbox" className="size-4" checked={keep} onChange={(e) => setKeep(e.target.checked)} />
              {t("sim.setupKeep", { count: steps })}
            </label>
          )}
        </>
      )}
    </Confirm>
  );
}

// A time as the field writes it, in the organisation's zone.
function local(date: Date): string {
  const text = new Intl.DateTimeFormat("sv-SE", {
    timeZone: zone.name,
    dateStyle: "short",
    timeStyle: "short",
  }).format(date);
  return text.replace(" ", "T");
}

// The time that the field means: what it would be in UTC, less the zone's distance from it.
function absoluteOf(text: string): Date {
  const utc = new Date(`${text}:00Z`);
  const distance = new Date(`${local(utc)}:00Z`).getTime() - utc.getTime();
  return new Date(utc.getTime() - distance);
}
