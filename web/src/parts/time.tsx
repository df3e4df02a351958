import { type Timestamp, timestampDate } from "@bufbuild/protobuf/wkt";
import { useEffect, useState } from "react";
import type { Language } from "@/i18n";
import { useText } from "@/i18n";

/** zone is the workspace's time zone; every time on every screen is told in it. */
export const zone = { name: "Asia/Shanghai" };

const locale = (lang: Language) => (lang === "zh" ? "zh-CN" : "en-GB");

/** absolute is a time as records tell it: 11月20日 周五 14:03, Fri 20 Nov 14:03. The year stands only when it is not the present one. */
export function absolute(date: Date, lang: Language, seconds = false): string {
  const told = (at: Date, parts: Intl.DateTimeFormatOptions) =>
    new Intl.DateTimeFormat(locale(lang), { timeZone: zone.name, ...parts }).format(at);
  const year = told(date, { year: "numeric" }) !== told(new Date(), { year: "numeric" });
  const day = told(date, { month: "short", day: "numeric", ...(year ? { year: "numeric" } : {}) });
  const weekday = told(date, { weekday: "short" });
  return `${lang === "zh" ? `${day} ${weekday}` : `${weekday} ${day}`} ${clock(date, lang, seconds)}`;
}

/** clock is the time of day. */
export function clock(date: Date, lang: Language, seconds = true): string {
  return new Intl.DateTimeFormat(locale(lang), {
    timeZone: zone.name,
    hour: "2-digit",
    minute: "2-digit",
    ...(seconds ? { second: "2-digit" } : {}),
    hourCycle: "h23",
  }).format(date);
}

// spaced puts the space between digits and Chinese that all our texts have.
const spaced = (text: string) => text.replace(/(\d)(?=\p{Script=Han})/gu, "$1 ");

/** relative is a time seen from now: 3 minutes ago, in 2 hours. */
export function relative(date: Date, now: number, lang: Language): string {
  const seconds = Math.round((date.getTime() - now) / 1000);
  const format = new Intl.RelativeTimeFormat(locale(lang), { numeric: "auto" });
  for (const [unit, size] of [
    ["day", 86400],
    ["hour", 3600],
    ["minute", 60],
  ] as const) {
    if (Math.abs(seconds) >= size) return spaced(format.format(Math.trunc(seconds / size), unit));
  }
  return spaced(format.format(seconds, "second"));
}

/** span is a length of time: 1 分 20 秒, 1m 20s. */
export function span(ms: number, lang: Language): string {
  const units = lang === "zh" ? [" 天", " 时", " 分", " 秒", " 毫秒"] : ["d", "h", "m", "s", "ms"];
  if (ms < 1000) return `${Math.round(ms)}${units[4]}`;
  const s = Math.round(ms / 1000);
  const parts = [Math.floor(s / 86400), Math.floor(s / 3600) % 24, Math.floor(s / 60) % 60, s % 60];
  const from = parts.findIndex((p) => p > 0);
  return parts
    .slice(from, from + 2)
    .map((p, i) => (p > 0 ? `${p}${units[from + i]}` : ""))
    .filter(Boolean)
    .join(" ");
}

let ticking: ReturnType<typeof setInterval> | undefined;
const watchers = new Set<(now: number) => void>();

/** useNow is the present, told anew every second while something shows it. */
export function useNow(): number {
  const [now, setNow] = useState(Date.now);
  useEffect(() => {
    watchers.add(setNow);
    ticking ??= setInterval(() => {
      const present = Date.now();
      for (const watcher of watchers) watcher(present);
    }, 1000);
    return () => {
      watchers.delete(setNow);
      if (watchers.size === 0) {
        clearInterval(ticking);
        ticking = undefined;
      }
    };
  }, []);
  return now;
}

/** Time shows a time: absolute with the relative one on hover, or the other way about. */
export function Time({
  at,
  ago = false,
  seconds = false,
  since,
}: {
  at: Timestamp | undefined;
  ago?: boolean;
  seconds?: boolean;
  /** A time that stands beside it: the day is left out when it is the same. */
  since?: Timestamp | undefined;
}) {
  if (!at) return <span className="text-faint">—</span>;
  return ago ? <Ago at={at} /> : <At at={at} seconds={seconds} since={since} />;
}

/** sameDay tells whether two times are of one day in the workspace's zone. */
export function sameDay(a: Date, b: Date): boolean {
  const day = new Intl.DateTimeFormat("en-CA", { timeZone: zone.name });
  return day.format(a) === day.format(b);
}

function At({ at, seconds, since }: { at: Timestamp; seconds: boolean; since: Timestamp | undefined }) {
  const { lang } = useText();
  const date = timestampDate(at);
  const short = since !== undefined && sameDay(date, timestampDate(since));
  return (
    <time
      dateTime={date.toISOString()}
      title={short ? absolute(date, lang, seconds) : relative(date, Date.now(), lang)}
      className="whitespace-nowrap"
    >
      {short ? clock(date, lang, seconds) : absolute(date, lang, seconds)}
    </time>
  );
}

function Ago({ at }: { at: Timestamp }) {
  const { lang } = useText();
  const now = useNow();
  const date = timestampDate(at);
  return (
    <time dateTime={date.toISOString()} title={absolute(date, lang, true)} className="whitespace-nowrap">
      {relative(date, now, lang)}
    </time>
  );
}
