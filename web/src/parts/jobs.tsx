import { useQuery } from "@connectrpc/connect-query";
import { JobService } from "@gen/flowdesk/v1/job_service_pb";
import { type Job, type JobAction, JobState } from "@gen/flowdesk/v1/resource_job_pb";
import { useQueryClient } from "@tanstack/react-query";
import { CircleSlash, CircleStop, Layers, ListChecks, LoaderCircle } from "lucide-react";
import { DropdownMenu } from "radix-ui";
import { useEffect, useRef } from "react";
import { Link, useNavigate } from "react-router";
import { useMay, useMe } from "@/api/me";
import { client } from "@/api/transport";
import { useText } from "@/i18n";
import { Button } from "@/ui/button";
import { useAct } from "./act";
import { begun } from "./begun";
import { usePoll } from "./poll";
import { JobStateChip } from "./status";
import { lastPart } from "./titles";
import { toast, toastFailure } from "./toast";

/** runs tells that a job has not ended. */
export const runs = (job: Job) => job.endTime === undefined;

/** left is how many of a job's rows have not had their turn. */
export const left = (job: Job) => job.total - job.succeeded - job.failed;

// What the tray has room for besides those that run.
const recent = 5;

/** inTray are the jobs that the tray shows, newest first: all that run, and some that have ended. */
export function inTray(jobs: Job[]): Job[] {
  const running = jobs.filter(runs);
  return [...running, ...jobs.filter((job) => !runs(job)).slice(0, Math.max(recent - running.length, 0))];
}

/** useJobTitle names what a job does. */
export function useJobTitle(): (action: JobAction | undefined) => string {
  const { t } = useText();
  return (action) => (action?.act.case ? t(`jobs.acts.${action.act.case}`) : "—");
}

// While one runs the reader sees it move; otherwise one that was begun elsewhere appears a little later.
const often = 1_500;
const seldom = 20_000;

/** JobTray stands in the header while there are jobs: how far they are, and when one ends it says so on whatever screen one is. */
export function JobTray() {
  const { t } = useText();
  const may = useMay();
  const me = useMe();
  const queries = useQueryClient();
  const navigate = useNavigate();
  const titleOf = useJobTitle();
  const paused = usePoll(often) === false;
  const { data, refetch } = useQuery(
    JobService.method.listJobs,
    { pageSize: 50 }, // short jobs end before long ones that were begun earlier
    {
      enabled: me.data !== undefined && may(JobService.method.listJobs),
      refetchInterval: (query) => !paused && (query.state.data?.jobs.some(runs) ? often : seldom),
    },
  );
  // What came while the reader had paused live data is read at once when it goes on.
  const still = useRef(paused);
  useEffect(() => {
    if (still.current && !paused) void refetch();
    still.current = paused;
  }, [paused, refetch]);
  const jobs = inTray(data?.jobs ?? []);
  const running = jobs.filter(runs);
  // What had ended before this page was opened is no news, unless it was begun here.
  const told = useRef<Set<string>>(undefined);
  useEffect(() => {
    if (!data) return;
    const ended = data.jobs.filter((job) => !runs(job));
    const before = told.current ?? new Set(ended.map((job) => job.name).filter((name) => !begun.has(name)));
    told.current = new Set([...before, ...ended.map((job) => job.name)]);
    for (const job of ended.filter((job) => !before.has(job.name))) {
      toast(t("jobs.ended", { what: titleOf(job.action), done: job.succeeded, failed: job.failed }), {
        label: t("bulk.see"),
        run: () => void navigate(`/jobs/${lastPart(job.name)}`),
      });
      void queries.invalidateQueries();
    }
  }, [data, navigate, queries, t, titleOf]);
  if (jobs.length === 0) return null;
  return (
    <DropdownMenu.Root modal={false}>
      <DropdownMenu.Trigger asChild>
        <Button
          tone="quiet"
          size="small"
          aria-label={running.length > 0 ? t("jobs.running", { count: running.length }) : t("jobs.tray")}
        >
          {running.length > 0 ? <LoaderCircle className={paused ? "" : "animate-spin"} /> : <Layers />}
          {running[0] && (
            <span className="tabular-nums">
              {running[0].total - left(running[0])}/{running[0].total}
            </span>
          )}
        </Button>
      </DropdownMenu.Trigger>
      <DropdownMenu.Portal>
        <DropdownMenu.Content
          align="end"
          sideOffset={4}
          className="z-50 w-80 max-w-[calc(100vw-1rem)] rounded-card border bg-surface p-1 shadow-lg"
        >
          {jobs.map((job) => (
            <div key={job.name} className="flex items-center gap-1">
              <DropdownMenu.Item asChild>
                <Link
                  to={`/jobs/${lastPart(job.name)}`}
                  className="flex min-w-0 flex-1 flex-col gap-1 rounded-control px-2 py-1.5 outline-none data-highlighted:bg-sunken"
                >
                  <span className="flex items-center justify-between gap-2">
                    <span className="truncate">{titleOf(job.action)}</span>
                    <JobStateChip state={job.state} />
                  </span>
                  {runs(job) ? (
                    <JobProgress job={job} />
                  ) : (
                    <span className="text-xs text-faint tabular-nums">
                      {t("jobs.told", { done: job.succeeded, failed: job.failed, left: left(job) })}
                    </span>
                  )}
                </Link>
              </DropdownMenu.Item>
              {runs(job) && <CancelItem job={job} />}
            </div>
          ))}
          <DropdownMenu.Separator className="my-1 h-px bg-line" />
          <DropdownMenu.Item
            className="flex items-center gap-2 rounded-control px-2 py-1.5 outline-none data-highlighted:bg-sunken"
            onSelect={() => void navigate("/jobs")}
          >
            <ListChecks className="size-4" /> {t("jobs.all")}
          </DropdownMenu.Item>
        </DropdownMenu.Content>
      </DropdownMenu.Portal>
    </DropdownMenu.Root>
  );
}

// What was done stays and what was not begun stays as it was: nothing is lost that would have to be asked for.
function CancelItem({ job }: { job: Job }) {
  const { t } = useText();
  const act = useAct();
  return (
    <DropdownMenu.Item
      aria-label={t("jobs.cancel")}
      title={t("jobs.cancel")}
      className="rounded-control p-2 outline-none data-highlighted:bg-sunken"
      onSelect={(e) => {
        e.preventDefault();
        act(client(JobService).cancelJob({ name: job.name }), t("jobs.cancelled")).catch(toastFailure);
      }}
    >
      {job.state === JobState.QUEUED ? <CircleSlash className="size-4" /> : <CircleStop className="size-4" />}
    </DropdownMenu.Item>
  );
}

/** JobProgress is how far a job is. */
export function JobProgress({ job }: { job: Job }) {
  const { t } = useText();
  return (
    <progress
      className="h-2 w-full appearance-none overflow-hidden rounded-full bg-sunken [&::-moz-progress-bar]:bg-primary [&::-webkit-progress-bar]:bg-sunken [&::-webkit-progress-value]:bg-primary"
      max={job.total}
      value={job.total - left(job)}
      aria-label={t("jobs.progress")}
    />
  );
}
