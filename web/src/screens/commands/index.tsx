import { timestampDate } from "@bufbuild/protobuf/wkt";
import { useQuery } from "@connectrpc/connect-query";
import { CommandOrdering } from "@gen/flowdesk/v1/list_counts_pb";
import { QueueService } from "@gen/flowdesk/v1/queue_service_pb";
import { type Command, CommandState, CommandStateSchema } from "@gen/flowdesk/v1/resource_command_pb";
import { keepPreviousData } from "@tanstack/react-query";
import { enumChoices, enumLabel } from "@/api/labels";
import { useWatch } from "@/api/live";
import { client } from "@/api/transport";
import { useText } from "@/i18n";
import { Bulk } from "@/parts/bulk";
import { Counts } from "@/parts/counts";
import { useFresh } from "@/parts/fresh";
import { useSometimes } from "@/parts/hear";
import { GroupLink } from "@/parts/links";
import { Choice, type Column, Filters, List, useListParams } from "@/parts/list";
import { useChosen } from "@/parts/many";
import { orderOf, type Sort } from "@/parts/order";
import { Page } from "@/parts/page";
import { useDays } from "@/parts/range";
import { DaysTag } from "@/parts/range-picker";
import { CommandStateChip } from "@/parts/status";
import { Time } from "@/parts/time";
import { useTitles } from "@/parts/titles";
import { Card } from "@/ui/card";
import { CommandMenu } from "./actions";
import { useCommandBulk } from "./bulk";
import { CommandPanel } from "./panel";
import { Why } from "./why";

// The states of commands of which nobody knows whether they were said.
const doubtful = `${CommandState.TIMEOUT},${CommandState.UNKNOWN}`;

// The states in which something is still to happen: only these are ordered by when they may leave.
const unsettled = [
  CommandState.QUEUED,
  CommandState.DELAYED,
  CommandState.SENDING,
  CommandState.SENT,
  CommandState.TIMEOUT,
  CommandState.UNKNOWN,
];

const byTime: Sort = { down: CommandOrdering.NEWEST, up: CommandOrdering.OLDEST, plain: "down" };
const byDue: Sort = { down: CommandOrdering.DUE_LATEST, up: CommandOrdering.DUE };

const troubles = [CommandState.FAILED, CommandState.TIMEOUT, CommandState.UNKNOWN, CommandState.MANUAL];

export default function Commands() {
  const { t, lang } = useText();
  const list = useListParams();
  const titles = useTitles();
  const states = list.get("state").split(",").map(Number).filter(Boolean) as CommandState[];
  const days = useDays(list);
  const due = states.length > 0 && states.every((s) => unsettled.includes(s)) ? byDue : undefined;
  const filters = {
    states,
    robot: list.get("robot"),
    session: list.get("group"),
    ...days,
    order: orderOf(list, [byTime, due]) as CommandOrdering,
  };
  const { data, error, refetch } = useQuery(
    QueueService.method.listCommands,
    { ...filters, pageSize: 50, pageToken: list.page },
    { placeholderData: keepPreviousData },
  );
  const fresh = useFresh(
    data,
    (d) => d.commands,
    (c) => c.name,
    refetch,
  );
  const chosen = useChosen(
    fresh.rows,
    (c) => c.id,
    JSON.stringify([states, filters.robot, filters.session, list.get("from"), list.get("to")]),
  );
  const actions = useCommandBulk();
  const counted = useQuery(QueueService.method.countCommands, days, { placeholderData: keepPreviousData });
  const count = useSometimes(counted.refetch, 2_000);
  useWatch(
    (resumeToken, signal) => client(QueueService).watchCommands({ resumeToken }, { signal }),
    data?.resumeToken,
    ({ report }) => {
      if (report.case === "command") fresh.take(report.value);
      count();
    },
    refetch,
    "commands",
  );
  const columns: Column<Command>[] = [
    {
      key: "text",
      head: t("word.text"),
      cell: (c) => <span className="line-clamp-2 max-w-96 min-w-40">{c.text}</span>,
    },
    { key: "state", head: t("word.state"), cell: (c) => <CommandStateChip state={c.state} /> },
    {
      key: "group",
      head: t("word.group"),
      cell: (c) => <GroupLink session={c.targetSession}>{titles.group(c.targetSession) || c.targetName}</GroupLink>,
    },
    { key: "robot", head: t("word.robot"), cell: (c) => (c.robot ? titles.robot(c.robot) : "—") },
    { key: "due", head: t("commands.due"), cell: (c) => <Due command={c} />, ...(due ? { sort: due } : {}) },
    { key: "tries", head: t("commands.tries"), cell: (c) => `${c.attempts}/${c.maxRetries + 1}` },
    { key: "made", head: t("word.created"), cell: (c) => <Time at={c.createTime} ago />, sort: byTime },
    {
      key: "do",
      head: <span className="sr-only">{t("word.actions")}</span>,
      cell: (c) => <CommandMenu command={c} />,
      className: "w-10",
    },
  ];
  return (
    <Page title={t("nav.commands")} intro={t("commands.intro")}>
      <Card flush>
        <Counts
          list={list}
          label={t(days.since ? "list.counts" : "list.countsOfDay")}
          counts={(counted.data?.counts ?? []).map((c) => ({
            name: "state",
            value: String(c.state),
            label: enumLabel(CommandStateSchema, c.state, lang),
            count: Number(c.count),
            trouble: troubles.includes(c.state),
          }))}
        />
        <Filters list={list} look="commands" columns={columns}>
          <DaysTag list={list} />
          <Choice
            list={list}
            name="state"
            label={t("word.state")}
            choices={[...enumChoices(CommandStateSchema, lang), { value: doubtful, label: t("overview.doubtful") }]}
          />
          <Choice
            list={list}
            name="robot"
            label={t("word.robot")}
            choices={titles.robots.map((r) => ({ value: r.name, label: r.title }))}
          />
          <Choice
            list={list}
            name="group"
            label={t("word.group")}
            choices={titles.groups.map((g) => ({ value: `sessions/${g.id}`, label: g.title }))}
          />
        </Filters>
        <Bulk
          chosen={chosen}
          actions={actions}
          rowKey={(c) => c.id}
          title={(c) => c.text}
          all={{ case: "commands", value: filters }}
        />
        <List
          chosen={chosen}
          label={t("nav.commands")}
          list={list}
          look="commands"
          columns={columns}
          rows={fresh.rows}
          rowKey={(c) => c.id}
          nextToken={data?.nextPageToken}
          error={error}
          onRetry={refetch}
          onOpen={(c) => list.set({ open: c.id })}
          openKey={list.get("open")}
          fresh={fresh}
          empty={{ title: t("commands.empty"), hint: t("commands.emptyHint") }}
        />
      </Card>
      <CommandPanel id={list.get("open")} onClose={() => list.set({ open: undefined })} />
    </Page>
  );
}

function Due({ command }: { command: Command }) {
  if (!command.sendTime) return <>—</>;
  const waits = timestampDate(command.sendTime).getTime() > Date.now();
  return (
    <span>
      <Time at={command.sendTime} ago={waits} />
      <Why command={command} />
    </span>
  );
}
