import { timestampDate } from "@bufbuild/protobuf/wkt";
import { useQuery } from "@connectrpc/connect-query";
import { TaskOrder } from "@gen/flowdesk/v1/list_counts_pb";
import {
  type TaskOrigin,
  TaskOriginSchema,
  type TaskState,
  TaskStateSchema,
  type TrackTask,
} from "@gen/flowdesk/v1/resource_task_pb";
import { TaskService } from "@gen/flowdesk/v1/task_service_pb";
import { keepPreviousData } from "@tanstack/react-query";
import { Columns3, Plus, Table2 } from "lucide-react";
import { useState } from "react";
import { enumChoices, enumLabel } from "@/api/labels";
import { useWatch } from "@/api/live";
import { useMe } from "@/api/me";
import { client } from "@/api/transport";
import { useText } from "@/i18n";
import { headline } from "@/i18n/reasons";
import { Bulk } from "@/parts/bulk";
import { Counts } from "@/parts/counts";
import { useFresh } from "@/parts/fresh";
import { useGate } from "@/parts/gate";
import { useSometimes } from "@/parts/hear";
import { GroupLink } from "@/parts/links";
import { Choice, type Column, Filters, List, useListParams } from "@/parts/list";
import { useChosen } from "@/parts/many";
import { orderOf, type Sort } from "@/parts/order";
import { Page } from "@/parts/page";
import { Failure, Skeleton } from "@/parts/states";
import { TaskStateChip } from "@/parts/status";
import { Time } from "@/parts/time";
import { useTitles } from "@/parts/titles";
import { Button } from "@/ui/button";
import { Card } from "@/ui/card";
import { cn } from "@/ui/cn";
import { TaskMenu } from "./actions";
import { Board } from "./board";
import { useTaskBulk } from "./bulk";
import { CreateTask } from "./create";
import { TaskPanel } from "./panel";

const byDue: Sort = { up: TaskOrder.DUE, down: TaskOrder.DUE_LATEST, plain: "up" };
const byTime: Sort = { down: TaskOrder.NEWEST, up: TaskOrder.OLDEST };

export default function Tasks() {
  const { t, lang } = useText();
  const list = useListParams();
  const gate = useGate(TaskService.method.createTrackTask);
  const titles = useTitles();
  const me = useMe();
  const [creating, setCreating] = useState(false);
  const state = list.get("state");
  const board = list.get("view") === "board";
  const overdue = list.get("overdue") === "1";
  const mine = list.get("mine") === "1";
  const origin = Number(list.get("origin")) as TaskOrigin;
  const filters = {
    open: state === "" && !overdue,
    states: state && state !== "all" && !overdue ? [Number(state) as TaskState] : [],
    origins: origin ? [origin] : [],
    overdue,
    assignee: mine ? "" : list.get("assignee"),
    mine,
    unassigned: list.get("unassigned") === "1",
    session: list.get("group"),
    order: (board ? 0 : orderOf(list, [byDue, byTime])) || TaskOrder.DUE,
  };
  const { data, error, refetch } = useQuery(
    TaskService.method.listTrackTasks,
    { ...filters, pageSize: board ? 200 : 50, pageToken: list.page },
    { placeholderData: keepPreviousData },
  );
  const fresh = useFresh(
    data,
    (d) => d.trackTasks,
    (task) => task.name,
    refetch,
  );
  const chosen = useChosen(fresh.rows, (task) => task.id, JSON.stringify({ ...filters, order: 0 }));
  const actions = useTaskBulk();
  const counted = useQuery(
    TaskService.method.countTrackTasks,
    { assignee: mine ? "" : list.get("assignee"), mine },
    { placeholderData: keepPreviousData },
  );
  const count = useSometimes(counted.refetch, 2_000);
  useWatch(
    (resumeToken, signal) => client(TaskService).watchTrackTasks({ resumeToken }, { signal }),
    data?.resumeToken,
    ({ report }) => {
      if (report.case === "trackTask") fresh.take(report.value);
      count();
    },
    refetch,
    "tasks",
  );
  const columns: Column<TrackTask>[] = [
    {
      key: "title",
      head: t("word.task"),
      cell: (task) => <span className="line-clamp-2 max-w-80 min-w-40">{headline(task.title, lang)}</span>,
    },
    { key: "state", head: t("word.state"), cell: (task) => <TaskStateChip state={task.state} /> },
    {
      key: "due",
      head: t("word.deadline"),
      cell: (task) => <Deadline task={task} />,
      sort: byDue,
      className: "min-w-36",
    },
    {
      key: "kind",
      head: t("tasks.kind"),
      cell: (task) => task.kindName || enumLabel(TaskOriginSchema, task.origin, lang),
    },
    {
      key: "group",
      head: t("word.group"),
      cell: (task) => <GroupLink session={task.groupId}>{titles.group(task.groupId)}</GroupLink>,
    },
    { key: "who", head: t("tasks.target"), cell: (task) => task.targetName || "—" },
    {
      key: "assignee",
      head: t("word.assignee"),
      cell: (task) => (task.assignee ? titles.person(task.assignee) : t("tasks.nobody")),
    },
    { key: "reminders", head: t("tasks.reminders"), cell: (task) => task.reminders },
    { key: "made", head: t("word.created"), cell: (task) => <Time at={task.createTime} ago />, sort: byTime },
    {
      key: "do",
      head: <span className="sr-only">{t("word.actions")}</span>,
      cell: (task) => <TaskMenu task={task} />,
      className: "w-10",
    },
  ];
  return (
    <Page
      title={t(mine ? "nav.mine" : "nav.tasks")}
      intro={t("tasks.intro")}
      actions={
        <>
          <fieldset className="flex rounded-control border">
            <legend className="sr-only">{t("tasks.view")}</legend>
            <Button
              tone={board ? "quiet" : "plain"}
              className="border-0"
              aria-pressed={!board}
              onClick={() => list.set({ view: undefined })}
            >
              <Table2 /> {t("tasks.table")}
            </Button>
            <Button
              tone={board ? "plain" : "quiet"}
              className="border-0"
              aria-pressed={board}
              onClick={() => list.set({ view: "board" })}
            >
              <Columns3 /> {t("tasks.board")}
            </Button>
          </fieldset>
          <Button tone="primary" {...gate} onClick={() => setCreating(true)}>
            <Plus /> {t("tasks.create")}
          </Button>
        </>
      }
    >
      <Card flush>
        <Counts
          list={list}
          label={t("list.counts")}
          counts={[
            ...(me.data?.open === false ? [{ name: "mine", value: "1", label: t("nav.mine") }] : []),
            {
              name: "overdue",
              value: "1",
              label: t("tasks.overdue"),
              count: counted.data && Number(counted.data.overdue),
              trouble: true,
            },
            ...(mine || list.get("assignee")
              ? []
              : [
                  {
                    name: "unassigned",
                    value: "1",
                    label: t("tasks.nobody"),
                    count: counted.data && Number(counted.data.unassigned),
                  },
                ]),
            ...(counted.data?.counts ?? []).map((c) => ({
              name: "state",
              value: String(c.state),
              label: enumLabel(TaskStateSchema, c.state, lang),
              count: Number(c.count),
            })),
          ]}
        />
        <Filters list={list} {...(board ? {} : { look: "tasks", columns })}>
          <Choice
            list={list}
            name="state"
            label={t("tasks.open")}
            choices={[...enumChoices(TaskStateSchema, lang), { value: "all", label: t("word.all") }]}
          />
          <Choice
            list={list}
            name="assignee"
            label={t("word.assignee")}
            choices={titles.people.map((p) => ({ value: p.name, label: p.title }))}
          />
          <Choice list={list} name="origin" label={t("tasks.origin")} choices={enumChoices(TaskOriginSchema, lang)} />
          <Choice
            list={list}
            name="group"
            label={t("word.group")}
            choices={titles.groups.map((g) => ({ value: `sessions/${g.id}`, label: g.title }))}
          />
        </Filters>
        {!board && (
          <Bulk
            chosen={chosen}
            actions={actions}
            rowKey={(task) => task.id}
            title={(task) => headline(task.title, lang)}
            all={{ case: "trackTasks", value: filters }}
          />
        )}
        {board ? (
          error ? (
            <Failure error={error} onRetry={refetch} />
          ) : fresh.rows ? (
            <Board tasks={fresh.rows} onOpen={(task) => list.set({ open: task.id })} />
          ) : (
            <Skeleton />
          )
        ) : (
          <List
            chosen={chosen}
            label={t("nav.tasks")}
            list={list}
            look="tasks"
            columns={columns}
            rows={fresh.rows}
            rowKey={(task) => task.id}
            nextToken={data?.nextPageToken}
            error={error}
            onRetry={refetch}
            onOpen={(task) => list.set({ open: task.id })}
            openKey={list.get("open")}
            fresh={fresh}
            empty={{ title: t("tasks.empty"), hint: t("tasks.emptyHint") }}
          />
        )}
      </Card>
      <TaskPanel id={list.get("open")} onClose={() => list.set({ open: undefined })} />
      <CreateTask open={creating} onClose={() => setCreating(false)} />
    </Page>
  );
}

/** Deadline is when a task is due, marked when that is over. */
export function Deadline({ task }: { task: TrackTask }) {
  const { t } = useText();
  if (!task.deadline) return <>—</>;
  const over = !task.endTime && timestampDate(task.deadline).getTime() < Date.now();
  return (
    <span className={cn(over && "font-medium text-bad")}>
      {over && `${t("tasks.overdue")} · `}
      <Time at={task.deadline} ago={!task.endTime} />
    </span>
  );
}
