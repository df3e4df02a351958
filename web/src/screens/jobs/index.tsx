import { useQuery } from "@connectrpc/connect-query";
import { JobService } from "@gen/flowdesk/v1/job_service_pb";
import type { Job } from "@gen/flowdesk/v1/resource_job_pb";
import { keepPreviousData } from "@tanstack/react-query";
import { useNavigate } from "react-router";
import { useText } from "@/i18n";
import { left, useJobTitle } from "@/parts/jobs";
import { type Column, List, useListParams } from "@/parts/list";
import { Page } from "@/parts/page";
import { usePoll } from "@/parts/poll";
import { JobStateChip } from "@/parts/status";
import { Time } from "@/parts/time";
import { lastPart } from "@/parts/titles";
import { Card } from "@/ui/card";

export default function Jobs() {
  const { t } = useText();
  const list = useListParams();
  const navigate = useNavigate();
  const titleOf = useJobTitle();
  const { data, error, refetch } = useQuery(
    JobService.method.listJobs,
    { pageSize: 50, pageToken: list.page },
    { placeholderData: keepPreviousData, refetchInterval: usePoll(5_000) },
  );
  const to = (j: Job) => `/jobs/${lastPart(j.name)}`;
  const columns: Column<Job>[] = [
    { key: "act", head: t("jobs.title"), cell: (j) => titleOf(j.action) },
    { key: "state", head: t("word.state"), cell: (j) => <JobStateChip state={j.state} /> },
    {
      key: "told",
      head: t("jobs.rows"),
      cell: (j) => (
        <span className="tabular-nums">{t("jobs.told", { done: j.succeeded, failed: j.failed, left: left(j) })}</span>
      ),
    },
    {
      key: "reason",
      head: t("word.reason"),
      cell: (j) => <span className="line-clamp-2 max-w-80">{j.reason || "—"}</span>,
    },
    { key: "made", head: t("word.created"), cell: (j) => <Time at={j.createTime} ago /> },
  ];
  return (
    <Page title={t("jobs.title")} intro={t("jobs.intro")}>
      <Card flush>
        <List
          label={t("jobs.title")}
          list={list}
          columns={columns}
          rows={data?.jobs}
          rowKey={(j) => j.name}
          nextToken={data?.nextPageToken}
          error={error}
          onRetry={refetch}
          to={to}
          onOpen={(j) => void navigate(to(j))}
          empty={{ title: t("jobs.none"), hint: t("jobs.hint") }}
        />
      </Card>
    </Page>
  );
}
