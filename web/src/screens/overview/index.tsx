import { useQuery } from "@connectrpc/connect-query";
import { AnalyticsService } from "@gen/flowdesk/v1/analytics_service_pb";
import { keepPreviousData } from "@tanstack/react-query";
import { Monitor } from "lucide-react";
import { Link } from "react-router";
import { useText } from "@/i18n";
import { useHear } from "@/parts/hear";
import { useListParams } from "@/parts/list";
import { Page } from "@/parts/page";
import { usePoll } from "@/parts/poll";
import { useRange } from "@/parts/range";
import { RangePicker } from "@/parts/range-picker";
import { Failure, Skeleton } from "@/parts/states";
import { relative, useNow } from "@/parts/time";
import { DemoData } from "./demo";
import { Happened } from "./happened";
import { Present } from "./present";
import { Start } from "./start";

export default function Overview() {
  const { t } = useText();
  const list = useListParams();
  const range = useRange(list, "today");
  const { data, error, refetch, dataUpdatedAt } = useQuery(
    AnalyticsService.method.getOverview,
    { since: range.since, ...(range.until ? { until: range.until } : {}) },
    // Deadlines and robots change without anybody saying a word.
    { placeholderData: keepPreviousData, refetchInterval: usePoll(20_000) },
  );
  useHear(refetch, 2_000, 0, data !== undefined);
  return (
    <Page
      title={t("nav.overview")}
      intro={t("overview.intro")}
      actions={
        <>
          {data && <Stale at={dataUpdatedAt} />}
          <RangePicker list={list} range={range} />
          <Link
            to="/wall"
            className="inline-flex h-8 items-center gap-1.5 rounded-control border bg-surface px-3 font-medium hover:bg-sunken max-md:h-10"
          >
            <Monitor className="size-4" aria-hidden /> {t("overview.wall")}
          </Link>
        </>
      }
    >
      <Start />
      {Boolean(error) && <Failure error={error} onRetry={refetch} />}
      {data?.now && data.overview && data.weekBefore ? (
        <>
          <Present now={data.now} />
          <Happened overview={data.overview} before={data.weekBefore} range={range} />
        </>
      ) : (
        !error && <Skeleton rows={8} />
      )}
      <DemoData />
    </Page>
  );
}

// Figures that are older than three refreshes say so.
function Stale({ at }: { at: number }) {
  const { t, lang } = useText();
  const now = useNow();
  if (now - at < 30_000) return null;
  return (
    <span role="status" className="text-[13px] text-warn">
      {t("overview.stale", { ago: relative(new Date(at), now, lang) })}
    </span>
  );
}
