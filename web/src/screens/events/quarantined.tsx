import { useQuery } from "@connectrpc/connect-query";
import { EventService, type QuarantinedEvent } from "@gen/flowdesk/v1/event_service_pb";
import { keepPreviousData } from "@tanstack/react-query";
import { useText } from "@/i18n";
import { useHeld } from "@/parts/fresh";
import { useHear } from "@/parts/hear";
import { Id } from "@/parts/id";
import { GroupLink } from "@/parts/links";
import { Choice, type Column, Filters, List, useListParams } from "@/parts/list";
import { Facts } from "@/parts/page";
import { Snippet } from "@/parts/snippet";
import { Failure, Skeleton } from "@/parts/states";
import { Time } from "@/parts/time";
import { lastPart, useTitles } from "@/parts/titles";
import { Dialog } from "@/ui/dialog";
import { EventActions } from "./actions";
import { Input, written } from "./input";

/** Quarantined lists the events that were put aside. */
export function Quarantined() {
  const { t } = useText();
  const list = useListParams();
  const titles = useTitles();
  const dismissed = list.get("dismissed") === "1";
  const { data, error, refetch, isPlaceholderData } = useQuery(
    EventService.method.listQuarantinedEvents,
    { pageSize: 50, pageToken: list.page, dismissed },
    { placeholderData: keepPreviousData, refetchInterval: useHear((): unknown => refetch(), 2_000, 15_000) },
  );
  const held = useHeld(
    isPlaceholderData ? undefined : data?.quarantinedEvents,
    (e) => e.name,
    `${dismissed} ${list.page}`,
  );
  const columns: Column<QuarantinedEvent>[] = [
    { key: "input", head: t("events.input"), cell: (e) => <Input event={e.event} /> },
    {
      key: "group",
      head: t("word.group"),
      cell: (e) => <GroupLink session={e.event?.session ?? ""}>{titles.group(e.event?.session ?? "")}</GroupLink>,
    },
    {
      key: "why",
      head: t("events.why"),
      cell: (e) => <span className="line-clamp-2 max-w-96 min-w-40 text-bad">{e.reason}</span>,
    },
    { key: "tries", head: t("events.tries"), cell: (e) => e.tries },
    { key: "time", head: t("events.putAside"), cell: (e) => <Time at={e.time} ago /> },
    {
      key: "do",
      head: <span className="sr-only">{t("word.actions")}</span>,
      cell: (e) => <EventActions event={e} />,
    },
  ];
  return (
    <>
      <Filters list={list}>
        <Choice
          list={list}
          name="dismissed"
          label={t("events.openOnes")}
          choices={[{ value: "1", label: t("events.dismissedOnes") }]}
        />
      </Filters>
      <List
        label={t("events.quarantined")}
        list={list}
        columns={columns}
        rows={held.rows ?? data?.quarantinedEvents}
        fresh={held}
        rowKey={(e) => lastPart(e.name)}
        nextToken={data?.nextPageToken}
        error={error}
        onRetry={refetch}
        onOpen={(e) => list.set({ open: lastPart(e.name) })}
        openKey={list.get("open")}
        empty={{ title: t("events.empty"), hint: t("events.emptyHint") }}
      />
      <Panel id={list.get("open")} onClose={() => list.set({ open: undefined })} />
    </>
  );
}

function Panel({ id, onClose }: { id: string; onClose: () => void }) {
  const { t } = useText();
  const titles = useTitles();
  const { data, error, refetch } = useQuery(
    EventService.method.getQuarantinedEvent,
    { name: `quarantinedEvents/${id}` },
    { enabled: id !== "" },
  );
  const event = data?.quarantinedEvent;
  return (
    <Dialog
      sheet
      open={id !== ""}
      onClose={onClose}
      title={t("events.quarantined")}
      footer={event && <EventActions event={event} onDone={onClose} />}
    >
      {error ? (
        <Failure error={error} onRetry={refetch} />
      ) : !event ? (
        <Skeleton />
      ) : (
        <div className="flex flex-col gap-4">
          <Input event={event.event} />
          <p className="rounded-card border border-bad/40 bg-bad/5 px-3 py-2 whitespace-pre-wrap">{event.reason}</p>
          <Facts
            facts={[
              [
                t("word.group"),
                event.event?.session && (
                  <GroupLink key="g" session={event.event.session}>
                    {titles.group(event.event.session)}
                  </GroupLink>
                ),
              ],
              [t("events.tries"), event.tries],
              [t("events.putAside"), <Time key="t" at={event.time} seconds />],
              [t("events.source"), event.event?.source],
              [t("events.dismissedBy"), event.dismissal?.actor],
              [t("word.reason"), event.dismissal?.reason],
              [t("events.dismissed"), event.dismissal?.time && <Time key="d" at={event.dismissal.time} seconds />],
              [t("word.id"), <Id key="id" value={id} />],
            ]}
          />
          <section className="flex flex-col gap-2">
            <h3 className="font-semibold">{t("events.raw")}</h3>
            <Snippet label={t("events.raw")} text={written(event.event)} />
          </section>
        </div>
      )}
    </Dialog>
  );
}
