import { timestampDate } from "@bufbuild/protobuf/wkt";
import { useQuery } from "@connectrpc/connect-query";
import { FlowService } from "@gen/flowdesk/v1/flow_service_pb";
import type { DelayPreviewSlot, DelayPreviewSpan } from "@gen/flowdesk/v1/flow_templates_pb";
import type { DelayControl } from "@gen/flowdesk/v1/nodes_reply_pb";
import { DutySchema, Priority, PrioritySchema } from "@gen/flowdesk/v1/types_pb";
import { keepPreviousData } from "@tanstack/react-query";
import { TriangleAlert } from "lucide-react";
import { useEffect, useState } from "react";
import { enumChoices, enumLabel } from "@/api/labels";
import { DayBar, type Segment } from "@/forms/day-bar";
import { seconds } from "@/forms/duration";
import { type Language, pick, useText } from "@/i18n";
import { Failure, Skeleton } from "@/parts/states";
import { absolute, span } from "@/parts/time";
import { Select } from "@/ui/field";

type T = ReturnType<typeof useText>["t"];

// The day stands still while somebody types.
function useSettled<Value>(value: Value): Value {
  const [settled, setSettled] = useState(value);
  useEffect(() => {
    const timer = setTimeout(() => setSettled(value), 400);
    return () => clearTimeout(timer);
  }, [value]);
  return settled;
}

const minute = (clock: string) => Number(clock.slice(0, 2)) * 60 + Number(clock.slice(3, 5));

function told(slot: DelayPreviewSlot | undefined, lang: Language, t: T): string {
  if (!slot?.rule) return t("delayPreview.none");
  if (slot.heldUntil) return t("delayPreview.held", { time: absolute(timestampDate(slot.heldUntil), lang) });
  if (slot.port === "now" || !slot.maxDelay) return t("delayPreview.now");
  const from = slot.minDelay ? seconds(slot.minDelay) : 0;
  const to = seconds(slot.maxDelay);
  if (from % 60 === 0 && to % 60 === 0 && to < 7200) return t("delayPreview.minutes", { from: from / 60, to: to / 60 });
  return t("delayPreview.between", { from: span(from * 1000, lang), to: span(to * 1000, lang) });
}

/** DelayPreview shows what the delay node would do with replies of the next seven days, by the rules as they are being edited. */
export default function DelayPreview({ config }: { config: DelayControl }) {
  const { t, lang } = useText();
  const [priority, setPriority] = useState(Priority.MEDIUM);
  const [day, setDay] = useState("");
  const { data, error, refetch } = useQuery(
    FlowService.method.previewDelay,
    { config: useSettled(config), days: 7 },
    { placeholderData: keepPreviousData, retry: false },
  );
  const slotOf = (part: DelayPreviewSpan) => part.slots.find((slot) => slot.priority === priority);
  const segments = (parts: DelayPreviewSpan[]): Segment[] =>
    parts.map((part) => {
      const slot = slotOf(part);
      return {
        from: minute(part.startText),
        to: minute(part.endText),
        label: told(slot, lang, t),
        tone: slot?.heldUntil ? "wait" : slot?.port === "later" ? "info" : "ok",
      };
    });
  const chosen = data?.days.find((d) => d.day === day) ?? data?.days[0];
  return (
    <section className="flex flex-col gap-2 rounded-card border p-3">
      <h3 className="text-[13px] font-semibold">{t("delayPreview.title")}</h3>
      <p className="text-xs text-faint">{t("delayPreview.hint")}</p>
      {error && !data ? (
        <Failure error={error} onRetry={refetch} />
      ) : !data ? (
        <Skeleton rows={3} />
      ) : (
        <>
          <Select
            aria-label={t("delayPreview.priority")}
            value={priority}
            onChange={(e) => setPriority(Number(e.target.value) as Priority)}
          >
            {enumChoices(PrioritySchema, lang).map((choice) => (
              <option key={choice.value} value={choice.value}>
                {t("delayPreview.priority")} · {choice.label}
              </option>
            ))}
          </Select>
          {data.problems.map((problem) => (
            <p key={problem.en} className="flex items-start gap-1 text-[13px] text-bad">
              <TriangleAlert className="mt-0.5 size-4 shrink-0" aria-hidden /> {pick(problem, lang)}
            </p>
          ))}
          <ul className="flex flex-col gap-1">
            {data.days.map((d, i) => (
              <li key={d.day} className="grid grid-cols-[3.5rem_1fr] items-start gap-2">
                <button
                  type="button"
                  aria-pressed={d === chosen}
                  aria-label={`${t("delayPreview.choose")} ${d.day}`}
                  className="rounded text-left text-xs leading-6 text-soft tabular-nums hover:text-primary aria-pressed:font-semibold aria-pressed:text-primary"
                  onClick={() => setDay(d.day)}
                >
                  {d.day.slice(5)}
                </button>
                <DayBar label={d.day} segments={segments(d.spans)} scale={i === data.days.length - 1} />
              </li>
            ))}
          </ul>
          {chosen && (
            <table className="w-full border-collapse text-[13px] leading-5">
              <caption className="pb-1 text-left text-xs text-faint">
                {t("delayPreview.table", { day: chosen.day })}
              </caption>
              <thead>
                <tr className="text-left text-xs text-faint">
                  <th scope="col" className="border-b py-1 pr-2 font-medium">
                    {t("delayPreview.span")}
                  </th>
                  <th scope="col" className="border-b py-1 pr-2 font-medium">
                    {t("delayPreview.duty")}
                  </th>
                  <th scope="col" className="border-b py-1 font-medium">
                    {enumLabel(PrioritySchema, priority, lang)}
                  </th>
                </tr>
              </thead>
              <tbody>
                {chosen.spans.map((part) => (
                  <tr key={part.startText}>
                    <td className="py-1 pr-2 align-top whitespace-nowrap">
                      {part.startText}–{part.endText}
                    </td>
                    <td className="py-1 pr-2 align-top">{enumLabel(DutySchema, part.duty, lang)}</td>
                    <td className="py-1 align-top" title={slotOf(part)?.reason}>
                      {told(slotOf(part), lang, t)}
                    </td>
                  </tr>
                ))}
              </tbody>
            </table>
          )}
        </>
      )}
    </section>
  );
}
