import { useQuery } from "@connectrpc/connect-query";
import { EventService, type UnmatchedEvent } from "@gen/flowdesk/v1/event_service_pb";
import { keepPreviousData } from "@tanstack/react-query";
import { pick, useText } from "@/i18n";
import { because } from "@/i18n/reasons";
import { useHeld } from "@/parts/fresh";
import { useHear } from "@/parts/hear";
import { Id } from "@/parts/id";
import { GroupLink } from "@/parts/links";
import { type Column, List, useListParams } from "@/parts/list";
import { Facts } from "@/parts/page";
import { Snippet } from "@/parts/snippet";
import { Empty } from "@/parts/states";
import { Tag } from "@/parts/status";
import { Time } from "@/parts/time";
import { lastPart, useTitles } from "@/parts/titles";
import { Dialog } from "@/ui/dialog";
import { Input, written } from "./input";

/** Unmatched lists the messages that no flow took. */
export function Unmatched() {
  const { t, lang } = useText();
  const list = useListParams();
  const titles = useTitles();
  const open = list.get("open");
  const { data, error, refetch, isPlaceholderData } = useQuery(
    EventService.method.listUnmatchedEvents,
    { pageSize: 50, pageToken: list.page },
    { placeholderData: keepPreviousData, refetchInterval: useHear((): unknown => refetch(), 2_000, 60_000) },
  );
  const held = useHeld(isPlaceholderData ? undefined : data?.unmatchedEvents, (e) => e.event?.id ?? "", list.page);
  const columns: Column<UnmatchedEvent>[] = [
    { key: "input", head: t("events.input"), cell: (e) => <Input event={e.event} /> },
    {
      key: "group",
      head: t("word.group"),
      cell: (e) => <GroupLink session={e.session}>{titles.group(e.session)}</GroupLink>,
    },
    {
      key: "why",
      head: t("events.why"),
      cell: (e) => <span className="line-clamp-2 max-w-96 min-w-40">{pick(e.reason, lang)}</span>,
    },
    { key: "time", head: t("word.time"), cell: (e) => <Time at={e.time} ago /> },
  ];
  return (
    <>
      <List
        label={t("events.unmatched")}
        list={list}
        columns={columns}
        rows={held.rows ?? data?.unmatchedEvents}
        fresh={held}
        rowKey={(e) => e.event?.id ?? ""}
        nextToken={data?.nextPageToken}
        error={error}
        onRetry={refetch}
        onOpen={(e) => list.set({ open: e.event?.id })}
        openKey={open}
        empty={{ title: t("events.emptyUnmatched"), hint: t("events.emptyUnmatchedHint") }}
      />
      {open && data && (
        <Panel
          event={data.unmatchedEvents.find((e) => e.event?.id === open)}
          onClose={() => list.set({ open: undefined })}
        />
      )}
    </>
  );
}

function Panel({ event, onClose }: { event: UnmatchedEvent | undefined; onClose: () => void }) {
  const { t, lang } = useText();
  const titles = useTitles();
  return (
    <Dialog sheet open onClose={onClose} title={t("events.unmatched")}>
      {!event ? (
        <Empty title={t("events.gone")} />
      ) : (
        <div className="flex flex-col gap-4">
          <Input event={event.event} />
          <Facts
            facts={[
              [t("events.why"), pick(event.reason, lang)],
              [
                t("word.group"),
                <GroupLink key="g" session={event.session}>
                  {titles.group(event.session)}
                </GroupLink>,
              ],
              [t("word.time"), <Time key="t" at={event.time} seconds />],
              [t("events.source"), event.event?.source],
              [
                t("events.flows"),
                event.flows.length > 0 && (
                  <span key="f" className="flex flex-wrap gap-1">
                    {event.flows.map((f) => (
                      <Tag key={f.flow}>
                        {lastPart(f.flow)} v{f.version}
                      </Tag>
                    ))}
                  </span>
                ),
              ],
              [t("word.id"), <Id key="id" value={event.event?.id ?? ""} />],
            ]}
          />
          {event.notes.length > 0 && (
            <section>
              <h3 className="mb-1 font-semibold">{t("events.notes")}</h3>
              <ul className="list-disc pl-5">
                {event.notes.map((note) => (
                  <li key={note}>{because(note, lang)}</li>
                ))}
              </ul>
            </section>
          )}
          <section className="flex flex-col gap-2">
            <h3 className="font-semibold">{t("events.raw")}</h3>
            <Snippet label={t("events.raw")} text={written(event.event)} />
          </section>
        </div>
      )}
    </Dialog>
  );
}
