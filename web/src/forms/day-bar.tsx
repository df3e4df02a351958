import { CopyX, TriangleAlert } from "lucide-react";
import { joined, useText } from "@/i18n";
import { cn } from "@/ui/cn";
import { type Cover, clockOf, dayMinutes, type Interval } from "./day";

/** Segment is one stretch of a day with what holds in it. */
export interface Segment extends Interval {
  label: string;
  tone?: "plain" | "ok" | "info" | "wait";
}

const tones = {
  plain: "border-primary/60 bg-primary/15",
  ok: "border-ok/60 bg-ok/15",
  info: "border-info/60 bg-info/15",
  wait: "border-wait/60 bg-wait/15",
};

const place = (i: Interval) => ({
  left: `${(i.from / dayMinutes) * 100}%`,
  width: `${((i.to - i.from) / dayMinutes) * 100}%`,
});
const span = (i: Interval) => `${clockOf(i.from)}–${clockOf(i.to)}`;

/**
 * DayBar draws 24 hours: what holds when, and hatched what is left out or covered twice. Gaps and overlaps are told in words below, with
 * an icon, so that nobody needs the colours.
 */
export function DayBar({
  label,
  segments,
  cover,
  now,
  scale = true,
  className,
}: {
  label: string;
  segments: Segment[];
  cover?: Cover;
  now?: number | undefined;
  scale?: boolean;
  className?: string;
}) {
  const { t, lang } = useText();
  const gaps = cover?.gaps ?? [];
  const overlaps = cover?.overlaps ?? [];
  const told = [
    ...segments.map((s) => `${span(s)} ${s.label}`),
    ...gaps.map((g) => `${span(g)} ${t("day.gap")}`),
    ...overlaps.map((o) => `${span(o)} ${t("day.overlap")}`),
  ].join(", ");
  return (
    <div className={cn("min-w-0", className)}>
      <div role="img" aria-label={`${label}: ${told || t("day.nothing")}`}>
        <div className="relative h-6 overflow-hidden rounded border bg-sunken">
          {segments.map((s) => (
            <span
              key={`${s.from}-${s.to}-${s.label}`}
              title={`${span(s)} ${s.label}`}
              style={place(s)}
              className={cn(
                "absolute inset-y-0 overflow-hidden border-l-2 px-1 text-xs leading-[22px] whitespace-nowrap text-ink",
                tones[s.tone ?? "plain"],
              )}
            >
              {s.to - s.from >= 90 && s.label}
            </span>
          ))}
          {gaps.map((g) => (
            <span
              key={`g${g.from}`}
              title={`${span(g)} ${t("day.gap")}`}
              style={place(g)}
              className="hatched-gap absolute inset-y-0"
            />
          ))}
          {overlaps.map((o) => (
            <span
              key={`o${o.from}`}
              title={`${span(o)} ${t("day.overlap")}`}
              style={place(o)}
              className="hatched-overlap absolute inset-y-0"
            />
          ))}
          {now !== undefined && (
            <span
              style={{ left: `${(now / dayMinutes) * 100}%` }}
              className="absolute inset-y-0 w-0.5 bg-ink"
              title={clockOf(now)}
            />
          )}
        </div>
        {scale && (
          <div aria-hidden className="relative h-4 text-[11px] leading-4 text-faint tabular-nums">
            {[0, 6, 12, 18, 24].map((h) => (
              <span
                key={h}
                style={{ left: `${(h / 24) * 100}%` }}
                className={cn(
                  "absolute whitespace-nowrap",
                  h === 24 ? "-translate-x-full" : h > 0 && "-translate-x-1/2",
                )}
              >
                {h}
              </span>
            ))}
          </div>
        )}
      </div>
      {gaps.length > 0 && (
        <p className="flex items-start gap-1 text-xs text-bad">
          <TriangleAlert className="mt-0.5 size-3.5 shrink-0" aria-hidden />
          {t("day.gapsAt", { times: joined(gaps.map(span), lang) })}
        </p>
      )}
      {overlaps.length > 0 && (
        <p className="flex items-start gap-1 text-xs text-warn">
          <CopyX className="mt-0.5 size-3.5 shrink-0" aria-hidden />
          {t("day.overlapsAt", { times: joined(overlaps.map(span), lang) })}
        </p>
      )}
    </div>
  );
}
