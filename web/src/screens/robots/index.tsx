import { createConnectQueryKey, useQuery } from "@connectrpc/connect-query";
import { RobotState, RobotStateSchema } from "@gen/flowdesk/v1/resource_robot_pb";
import { RobotService } from "@gen/flowdesk/v1/robot_service_pb";
import { type Duty, DutySchema } from "@gen/flowdesk/v1/types_pb";
import { keepPreviousData, useQueryClient } from "@tanstack/react-query";
import { Grid3x3, LayoutGrid, Plus } from "lucide-react";
import { Link } from "react-router";
import { enumChoices } from "@/api/labels";
import { useWatch } from "@/api/live";
import { useMay } from "@/api/me";
import { client } from "@/api/transport";
import { useText } from "@/i18n";
import { useFresh } from "@/parts/fresh";
import { Choice, Filters, NoMatch, useListParams } from "@/parts/list";
import { Page } from "@/parts/page";
import { Empty, Failure, Skeleton } from "@/parts/states";
import { Button } from "@/ui/button";
import { RobotCard } from "./card";
import { Coverage } from "./coverage";
import { RobotPanel } from "./panel";

// The states in which a robot cannot act.
const unable = [RobotState.OFFLINE, RobotState.PAUSED, RobotState.TRIPPED].join(",");

const one = createConnectQueryKey({ schema: RobotService.method.getRobot, cardinality: "finite" });

export default function Robots() {
  const queries = useQueryClient();
  const may = useMay();
  const { t, lang } = useText();
  const list = useListParams();
  const coverage = list.get("view") === "coverage";
  const states = list.get("state").split(",").map(Number).filter(Boolean) as RobotState[];
  const duty = Number(list.get("duty")) as Duty;
  const { data, error, refetch } = useQuery(
    RobotService.method.listRobots,
    coverage ? { pageSize: 500 } : { pageSize: 50, pageToken: list.page, states, duties: duty ? [duty] : [] },
    { placeholderData: keepPreviousData },
  );
  const fresh = useFresh(
    data,
    (d) => d.robots,
    (r) => r.id,
    refetch,
  );
  // What a watch tells leaves the callback addresses out, which only the list has.
  useWatch(
    (resumeToken, signal) => client(RobotService).watchRobots({ resumeToken }, { signal }),
    data?.resumeToken,
    ({ report }) => {
      if (report.case === "deleted") return void refetch();
      if (report.case !== "robot") return;
      // The panel has more of its robot than a report.
      if (report.value.id === list.get("open")) void queries.invalidateQueries({ queryKey: one });
      const known = data?.robots.find((r) => r.id === report.value.id);
      const fits =
        (states.length === 0 || states.includes(report.value.state)) && (!duty || report.value.duties.includes(duty));
      if (known) fresh.take({ ...report.value, ...(known.webhookUris ? { webhookUris: known.webhookUris } : {}) });
      else if (coverage || fits) void refetch();
    },
    refetch,
    "robots",
  );
  const robots = fresh.rows;
  const connect = may(RobotService.method.createRobot) && (
    <Link
      to="/robots/connect"
      className="inline-flex h-8 items-center gap-1.5 rounded-control bg-primary px-3 font-medium text-primary-ink hover:opacity-90 max-md:h-10"
    >
      <Plus className="size-4" aria-hidden /> {t("robots.connect")}
    </Link>
  );
  return (
    <Page
      title={t("nav.robots")}
      intro={t("robots.intro")}
      actions={
        <>
          <fieldset className="flex rounded-control border">
            <legend className="sr-only">{t("robots.view")}</legend>
            <Button
              tone={coverage ? "quiet" : "plain"}
              className="border-0"
              aria-pressed={!coverage}
              onClick={() => list.set({ view: undefined, q: undefined })}
            >
              <LayoutGrid /> {t("robots.cards")}
            </Button>
            <Button
              tone={coverage ? "plain" : "quiet"}
              className="border-0"
              aria-pressed={coverage}
              onClick={() => list.set({ view: "coverage", state: undefined, duty: undefined })}
            >
              <Grid3x3 /> {t("robots.coverage")}
            </Button>
          </fieldset>
          {connect}
        </>
      }
    >
      {coverage ? (
        robots ? (
          <Coverage list={list} robots={robots} />
        ) : error ? (
          <Failure error={error} onRetry={refetch} />
        ) : (
          <Skeleton />
        )
      ) : (
        <>
          <div className="rounded-card border bg-surface [&>div]:border-b-0">
            <Filters list={list}>
              <Choice
                list={list}
                name="state"
                label={t("word.state")}
                choices={[...enumChoices(RobotStateSchema, lang), { value: unable, label: t("overview.offline") }]}
              />
              <Choice list={list} name="duty" label={t("robots.duties")} choices={enumChoices(DutySchema, lang)} />
            </Filters>
          </div>
          {error && <Failure error={error} onRetry={refetch} />}
          {!robots ? (
            !error && <Skeleton />
          ) : robots.length === 0 ? (
            list.filtered ? (
              <NoMatch list={list} />
            ) : (
              <Empty title={t("robots.empty")} hint={t("robots.emptyHint")} action={connect} />
            )
          ) : (
            <div className="grid gap-4 md:grid-cols-2 xl:grid-cols-3">
              {robots.map((robot) => (
                <RobotCard key={robot.id} robot={robot} onOpen={() => list.set({ open: robot.id })} />
              ))}
            </div>
          )}
          {(list.page || data?.nextPageToken) && (
            <nav aria-label={t("list.pages")} className="flex justify-end gap-2">
              <Button size="small" disabled={!list.page} onClick={list.back}>
                {t("list.previous")}
              </Button>
              <Button size="small" disabled={!data?.nextPageToken} onClick={() => list.next(data?.nextPageToken ?? "")}>
                {t("list.next")}
              </Button>
            </nav>
          )}
        </>
      )}
      <RobotPanel id={list.get("open")} onClose={() => list.set({ open: undefined })} />
    </Page>
  );
}
