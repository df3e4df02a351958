import { Play, SendHorizontal } from "lucide-react";
import { pick, useText } from "@/i18n";
import { Button } from "@/ui/button";
import { useScenarios } from "./scenarios";
import type { Simulated } from "./simulation";

/** Welcome stands where nothing has been said: one button sends a first message, and every shipped scenario is one click away. */
export function Welcome({
  simulation,
  onSay,
  brief = false,
}: {
  simulation: Simulated;
  onSay: (text: string) => Promise<void>;
  /** True where there is little room: only first messages. */
  brief?: boolean;
}) {
  const { t, lang } = useText();
  const scenarios = useScenarios().data?.scenarios ?? [];
  const first = t("sim.first");
  const { busy } = simulation;
  const say = (text: string) => void onSay(text).catch(() => {});
  if (brief)
    return (
      <div className="flex flex-col items-start gap-2">
        <p className="text-[13px] text-soft">{t("drawer.trialHint")}</p>
        {[first, t("sim.second"), t("sim.third")].map((text) => (
          <Button key={text} size="small" disabled={busy} onClick={() => say(text)}>
            <SendHorizontal /> {text}
          </Button>
        ))}
      </div>
    );
  return (
    <div className="mx-auto mt-4 flex max-w-lg flex-col gap-4">
      <div className="flex flex-col items-center gap-4 rounded-dialog border bg-surface p-6 text-center max-md:p-4">
        <h2 className="text-base font-semibold">{t("sim.welcome")}</h2>
        <p className="text-soft">{t("sim.welcomeHint")}</p>
        <blockquote className="w-full rounded-card border bg-sunken px-3 py-2 text-left">{first}</blockquote>
        <Button tone="primary" disabled={busy} onClick={() => say(first)}>
          <SendHorizontal /> {t("sim.sendFirst")}
        </Button>
        <div className="flex flex-wrap justify-center gap-2">
          {[t("sim.second"), t("sim.third")].map((text) => (
            <Button key={text} size="small" disabled={busy} onClick={() => say(text)}>
              {text}
            </Button>
          ))}
        </div>
      </div>
      <section aria-label={t("sim.scenario")}>
        <h3 className="mb-1 px-1 text-[13px] text-soft">{t("sim.orScenario")}</h3>
        <ul className="grid gap-1.5 sm:grid-cols-2">
          {scenarios.map((s) => (
            <li key={s.name}>
              <button
                type="button"
                disabled={busy}
                title={pick(s.description, lang)}
                onClick={() => void simulation.begin(s.name).catch(() => {})}
                className="flex min-h-9 w-full items-center gap-2 rounded-control border bg-surface px-2.5 py-1 text-left text-[13px] hover:bg-sunken disabled:opacity-50"
              >
                <Play className="size-3.5 shrink-0 text-primary" aria-hidden />
                {pick(s.title, lang)}
              </button>
            </li>
          ))}
        </ul>
      </section>
    </div>
  );
}
