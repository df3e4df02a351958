import { useQuery } from "@connectrpc/connect-query";
import { SettingsService } from "@gen/flowdesk/v1/settings_service_pb";
import { Duty, type TimeWindow } from "@gen/flowdesk/v1/types_pb";
import { complementOf, dayMinutes, type Interval, piecesOf } from "@/forms/day";
import { DayBar } from "@/forms/day-bar";
import { useText } from "@/i18n";
import { useNow, zone } from "@/parts/time";

/** hoursOf are the hours of a duty: the day robot's are the day shift, the night robot's the rest; the others' the whole day. */
export function hoursOf(duty: Duty, dayShift: Pick<TimeWindow, "start" | "end"> | undefined): Interval[] {
  const day = piecesOf(dayShift);
  if (duty === Duty.DAY_REPLY) return day;
  if (duty === Duty.NIGHT_REPLY) return complementOf(day);
  return [{ from: 0, to: dayMinutes }];
}

/** minuteNow is the minute of the day in a zone. */
export function minuteNow(now: number, timeZone: string): number {
  const parts = new Intl.DateTimeFormat("en-GB", { timeZone, hour: "2-digit", minute: "2-digit", hourCycle: "h23" })
    .format(new Date(now))
    .split(":");
  return Number(parts[0]) * 60 + Number(parts[1]);
}

/** ShiftBar draws when a robot with these duties is on shift today, by the settings. */
export function ShiftBar({ duties }: { duties: readonly Duty[] }) {
  const { t } = useText();
  const settings = useQuery(SettingsService.method.getSettings, {}, { staleTime: 60_000 }).data?.settings;
  const now = minuteNow(useNow(), settings?.timeZone || zone.name);
  if (!settings) return <div className="h-10" />;
  const names = { [Duty.DAY_REPLY]: t("robots.day"), [Duty.NIGHT_REPLY]: t("robots.night") } as Record<number, string>;
  const replies = duties.filter((duty) => duty in names);
  const segments = replies.length
    ? replies.flatMap((duty) =>
        hoursOf(duty, settings.dayShift).map((piece) => ({
          ...piece,
          label: names[duty] ?? "",
          tone: duty === Duty.DAY_REPLY ? ("ok" as const) : ("wait" as const),
        })),
      )
    : [{ from: 0, to: dayMinutes, label: t("robots.allDay"), tone: "info" as const }];
  return <DayBar label={t("robots.shift")} segments={segments} now={now} />;
}
