import type { FlowFigures } from "@gen/flowdesk/v1/flow_templates_pb";
import type { Flow } from "@gen/flowdesk/v1/resource_flow_pb";
import { InstanceStatus } from "@gen/flowdesk/v1/resource_instance_pb";
import { TriangleAlert } from "lucide-react";
import { Link } from "react-router";
import { useText } from "@/i18n";
import { addDays, useToday } from "@/parts/range";

/** Runs is how often a flow ran in 24 hours and how often it failed; both open the runs behind them. */
export function Runs({ flow, figures }: { flow: Flow; figures: FlowFigures[] | undefined }) {
  const { t, lang } = useText();
  const today = useToday();
  if (!figures) return <span className="text-faint">…</span>;
  const own = figures.find((f) => f.flow === flow.name);
  if (!own || own.runs === 0n) return <span className="text-faint">{t("gallery.noRuns")}</span>;
  const rate = new Intl.NumberFormat(lang === "zh" ? "zh-CN" : "en-GB", { style: "percent", maximumFractionDigits: 1 });
  const runs = `/instances?flow=${encodeURIComponent(flow.name)}&from=${addDays(today, -1)}&to=${today}`;
  return (
    <span className="flex flex-wrap items-center gap-x-2 whitespace-nowrap">
      <Link className="text-primary hover:underline" to={runs}>
        {String(own.runs)}
      </Link>
      <Link
        className={
          own.failed > 0n ? "inline-flex items-center gap-1 text-bad hover:underline" : "text-soft hover:underline"
        }
        to={`${runs}&status=${InstanceStatus.FAILED}`}
      >
        {own.failed > 0n && <TriangleAlert className="size-3.5" aria-hidden />}
        {t("gallery.failures")} {rate.format(own.failureRate)}
      </Link>
    </span>
  );
}
