import { useQuery } from "@connectrpc/connect-query";
import { JobService } from "@gen/flowdesk/v1/job_service_pb";
import { JobOutcome, JobOutcomeSchema, type JobResult } from "@gen/flowdesk/v1/resource_job_pb";
import { keepPreviousData } from "@tanstack/react-query";
import { CircleStop } from "lucide-react";
import { useState } from "react";
import { useParams } from "react-router";
import { enumLabel } from "@/api/labels";
import { useMay } from "@/api/me";
import { client } from "@/api/transport";
import { useText } from "@/i18n";
import { because } from "@/i18n/reasons";
import { useAct } from "@/parts/act";
import { by } from "@/parts/by";
import { Confirm } from "@/parts/confirm";
import { Counts } from "@/parts/counts";
import { JobProgress, left, runs, useJobTitle } from "@/parts/jobs";
import { GroupLink } from "@/parts/links";
import { type Column, List, useListParams } from "@/parts/list";
import { Facts, Page } from "@/parts/page";
import { usePoll } from "@/parts/poll";
import { Failure, Skeleton } from "@/parts/states";
import { JobStateChip } from "@/parts/status";
import { Thing } from "@/parts/thing";
import { Time } from "@/parts/time";
import { useTitles } from "@/parts/titles";
import { Button } from "@/ui/button";
import { Card } from "@/ui/card";

/** JobScreen is one job: how far it is, and what became of each row. */
export default function JobScreen() {
  const { t, lang } = useText();
  const { job: id = "" } = useParams();
  const may = useMay();
  const act = useAct();
  const list = useListParams();
  const titleOf = useJobTitle();
  const titles = useTitles();
  const often = usePoll(1_500);
  const [cancels, setCancels] = useState(false);
  const name = `jobs/${id}`;
  const { data, error, refetch } = useQuery(
    JobService.method.getJob,
    { name },
    { refetchInterval: (query) => (query.state.data?.job && runs(query.state.data.job) ? often : false) },
  );
  const job = data?.job;
  const outcome = Number(list.get("outcome")) as JobOutcome;
  const rows = useQuery(
    JobService.method.listJobResults,
    { name, outcome, pageSize: 50, pageToken: list.page },
    { placeholderData: keepPreviousData, refetchInterval: job && runs(job) ? often : false },
  );
  if (error) return <Failure error={error} onRetry={refetch} />;
  if (!job) return <Skeleton />;
  const counts = [
    [JobOutcome.SUCCEEDED, job.succeeded],
    [JobOutcome.FAILED, job.failed],
    [JobOutcome.NOT_REACHED, left(job)],
  ] as const;
  const columns: Column<JobResult>[] = [
    {
      key: "row",
      head: t("jobs.row"),
      cell: (r) => (
        <span className="line-clamp-2 max-w-96 min-w-40">
          <Thing name={r.name} title={because(r.title, lang)} />
        </span>
      ),
    },
    {
      key: "group",
      head: t("word.group"),
      cell: (r) => <GroupLink session={r.session}>{titles.group(r.session)}</GroupLink>,
    },
    {
      key: "outcome",
      head: t("word.state"),
      cell: (r) => enumLabel(JobOutcomeSchema, r.outcome || JobOutcome.NOT_REACHED, lang),
    },
    {
      key: "reason",
      head: t("word.reason"),
      cell: (r) => <span className="text-bad">{r.reason?.[lang]}</span>,
    },
    { key: "time", head: t("word.time"), cell: (r) => (r.time ? <Time at={r.time} seconds /> : "—") },
  ];
  return (
    <Page
      title={titleOf(job.action)}
      intro={t("jobs.told", { done: job.succeeded, failed: job.failed, left: left(job) })}
      actions={
        runs(job) && (
          <Button disabled={!may(JobService.method.cancelJob)} onClick={() => setCancels(true)}>
            <CircleStop /> {t("jobs.cancel")}
          </Button>
        )
      }
    >
      <Card>
        <div className="flex flex-col gap-3">
          {runs(job) && <JobProgress job={job} />}
          <Facts
            facts={[
              [t("word.state"), <JobStateChip key="state" state={job.state} />],
              [t("word.reason"), job.reason],
              [t("jobs.by"), by(job.creator, job.creatorTitle)],
              [t("word.created"), <Time key="made" at={job.createTime} />],
              [t("commands.done"), job.endTime && <Time key="ended" at={job.endTime} />],
              [
                t("jobs.canceller"),
                [by(job.canceller, job.cancellerTitle), job.cancelReason].filter(Boolean).join(" · "),
              ],
            ]}
          />
          {job.stopReason && <p className="text-bad">{job.stopReason[lang]}</p>}
          {job.moreMatched && <p className="text-warn">{t("jobs.more")}</p>}
        </div>
      </Card>
      <Card flush>
        <Counts
          list={list}
          label={t("list.counts")}
          counts={counts.map(([value, count]) => ({
            name: "outcome",
            value: String(value),
            label: enumLabel(JobOutcomeSchema, value, lang),
            count,
            trouble: value === JobOutcome.FAILED,
          }))}
        />
        <List
          label={t("jobs.rows")}
          list={list}
          columns={columns}
          rows={rows.data?.jobResults}
          rowKey={(r) => r.name}
          nextToken={rows.data?.nextPageToken}
          error={rows.error}
          onRetry={rows.refetch}
          empty={{ title: t("jobs.noRows") }}
        />
      </Card>
      <Confirm
        open={cancels}
        onClose={() => setCancels(false)}
        title={t("jobs.cancel")}
        verb={t("jobs.cancel")}
        danger
        reason
        onConfirm={(reason) => act(client(JobService).cancelJob({ name, reason }), t("jobs.cancelled"))}
      >
        <p className="text-soft">{t("jobs.cancelAsk")}</p>
      </Confirm>
    </Page>
  );
}
