import { type AnalyticsPoint, Metric } from "@gen/flowdesk/v1/resource_analytics_pb";
import type { Language } from "@/i18n";
import type { Messages } from "@/i18n/zh";
import { span } from "@/parts/time";

type Text = Exclude<keyof Messages["analytics"], "grouping">;

/** Panel is one measure of a chart: one series with a scale of its own, so that none hides another. */
export interface Panel {
  key: string;
  text: Text;
  metric: Metric;
  complaints?: true;
  /** value of a point; undefined where there is none, which is not zero. */
  value: (point: AnalyticsPoint) => number | undefined;
  tell: (value: number, lang: Language) => string;
  /** brief tells a value where there is little room. */
  brief?: (value: number, lang: Language) => string;
  hint?: Text;
}

/** Chart is one of the four charts. */
export interface Chart {
  key: string;
  text: Text;
  panels: Panel[];
}

/** source names the rows that a panel is made of; panels of one source export the same file. */
export function source(panel: Panel): string {
  return `${panel.metric}${panel.complaints ? "c" : ""}`;
}

const whole = (value: number, lang: Language) => new Intl.NumberFormat(lang === "zh" ? "zh-CN" : "en-GB").format(value);
const share = (value: number) => `${Math.round(value * 100)}%`;
const time = (value: number, lang: Language) => span(value * 1000, lang);
function brief(value: number, lang: Language): string {
  if (value < 60) return time(value, lang);
  const zh = lang === "zh";
  const hours = value / 3600;
  return hours < 1
    ? `${Math.round(value / 60)}${zh ? " 分" : "m"}`
    : `${hours < 10 ? hours.toFixed(1) : Math.round(hours)}${zh ? " 时" : "h"}`;
}
const of = (part: bigint, all: bigint) => (all > 0n ? Number(part) / Number(all) : undefined);
const some = (point: AnalyticsPoint, value: number) => (point.count > 0n ? value : undefined);

const response = { metric: Metric.RESPONSE_TIME };
const task = { metric: Metric.TASK_COMPLETION };
const mood = { metric: Metric.SATISFACTION };
const complaint = { metric: Metric.SATISFACTION, complaints: true } as const;

/** charts are the four charts with what each measures. */
export const charts: Chart[] = [
  {
    key: "response",
    text: "response",
    panels: [
      { key: "median", text: "median", ...response, value: (p) => some(p, p.median), tell: time, brief },
      { key: "p95", text: "p95", ...response, value: (p) => some(p, p.p95), tell: time, brief },
      { key: "replies", text: "replies", ...response, value: (p) => Number(p.count), tell: whole },
    ],
  },
  {
    key: "completion",
    text: "completion",
    panels: [
      { key: "tasks", text: "tasks", ...task, value: (p) => Number(p.count), tell: whole },
      { key: "completed", text: "completedShare", ...task, value: (p) => of(p.completed, p.count), tell: share },
      { key: "met", text: "metShare", ...task, value: (p) => of(p.met, p.completed), tell: share },
      {
        key: "duration",
        text: "duration",
        ...task,
        value: (p) => (p.completed > 0n ? p.median : undefined),
        tell: time,
        brief,
      },
    ],
  },
  {
    key: "intervention",
    text: "intervention",
    panels: [
      {
        key: "interventions",
        text: "interventions",
        metric: Metric.INTERVENTION,
        value: (p) => Number(p.count),
        tell: whole,
      },
      { key: "conflicts", text: "conflicts", metric: Metric.CONFLICT, value: (p) => Number(p.count), tell: whole },
    ],
  },
  {
    key: "satisfaction",
    text: "satisfaction",
    panels: [
      {
        key: "mood",
        text: "mood",
        hint: "moodHint",
        ...mood,
        value: (p) => some(p, p.mean * 100),
        tell: (v) => String(Math.round(v)),
      },
      { key: "complaints", text: "complaints", ...complaint, value: (p) => Number(p.complaints), tell: whole },
      {
        key: "rate",
        text: "complaintRate",
        ...complaint,
        value: (p) => some(p, p.complaintsPer100),
        tell: (v) => v.toFixed(1),
      },
      { key: "resolved", text: "resolved", ...complaint, value: (p) => Number(p.resolved), tell: whole },
    ],
  },
];

/** panelOf finds a panel by its key. */
export function panelOf(key: string): Panel | undefined {
  return charts.flatMap((chart) => chart.panels).find((panel) => panel.key === key);
}
