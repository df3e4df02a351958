import { create } from "@bufbuild/protobuf";
import { useQuery } from "@connectrpc/connect-query";
import { SessionOrder } from "@gen/flowdesk/v1/list_counts_pb";
import { SessionSchema } from "@gen/flowdesk/v1/resource_session_pb";
import { SessionService } from "@gen/flowdesk/v1/session_service_pb";
import { Role, RoleSchema } from "@gen/flowdesk/v1/types_pb";
import { keepPreviousData } from "@tanstack/react-query";
import { ArrowLeft, ArrowUp, Hourglass, PanelRight } from "lucide-react";
import { useEffect, useRef, useState } from "react";
import { Link, useNavigate, useParams } from "react-router";
import { enumLabel } from "@/api/labels";
import { useWatch } from "@/api/live";
import { client } from "@/api/transport";
import { useText } from "@/i18n";
import { useFresh } from "@/parts/fresh";
import { Choice, Filters, NoMatch, useListParams } from "@/parts/list";
import { SearchBox } from "@/parts/search";
import { Empty, Failure, Skeleton } from "@/parts/states";
import { Tag } from "@/parts/status";
import { Time } from "@/parts/time";
import { Button } from "@/ui/button";
import { cn } from "@/ui/cn";
import { Dialog } from "@/ui/dialog";
import { Chat } from "./chat";
import { Context } from "./context";
import { unreadWords } from "./lines";
import { type Seen, useSeenEverywhere } from "./seen";

export default function Sessions() {
  const { t } = useText();
  const { session = "" } = useParams();
  const [about, setAbout] = useState(false); // where there is no room beside the chat
  const [seen, setSeen] = useSeenEverywhere();
  const navigate = useNavigate();
  return (
    <div className="flex h-full">
      <h1 className="sr-only">{t("nav.sessions")}</h1>
      <div className={cn("w-full shrink-0 border-r bg-surface md:w-72", session && "max-md:hidden")}>
        <GroupList open={session} seen={seen} />
      </div>
      {session ? (
        <>
          <div className="flex min-w-0 flex-1 flex-col">
            <Link to="/sessions" className="flex items-center gap-1 border-b px-3 py-2 text-primary md:hidden">
              <ArrowLeft className="size-4" /> {t("nav.sessions")}
            </Link>
            <Chat
              key={session}
              session={`sessions/${session}`}
              onSeen={(unread) => setSeen({ session, unread })}
              onLeave={(unread) => {
                setSeen({ session, unread });
                void navigate({ pathname: "/sessions", search: location.search });
              }}
              beside={
                <Button tone="quiet" className="xl:hidden" onClick={() => setAbout(true)}>
                  <PanelRight /> {t("console.about")}
                </Button>
              }
            />
          </div>
          <div className="w-80 shrink-0 overflow-y-auto border-l bg-surface max-xl:hidden">
            <Context session={`sessions/${session}`} />
          </div>
          <Dialog sheet open={about} onClose={() => setAbout(false)} title={t("console.about")}>
            <Context session={`sessions/${session}`} />
          </Dialog>
        </>
      ) : (
        <div className="grid flex-1 place-items-center max-md:hidden">
          <Empty title={t("sessions.choose")} hint={t("sessions.chooseHint")} />
        </div>
      )}
    </div>
  );
}

function GroupList({ open, seen }: { open: string; seen: Seen | undefined }) {
  const { t, lang } = useText();
  const list = useListParams();
  const show = list.get("show");
  const { data, error, refetch } = useQuery(
    SessionService.method.listSessions,
    {
      pageSize: 50,
      pageToken: list.page,
      query: list.get("q"),
      unanswered: show === "unanswered",
      unread: show === "unread",
      // Who has waited longest comes first; of all, those where somebody waits.
      order: show === "unanswered" ? SessionOrder.WAITING : show ? SessionOrder.LATEST : SessionOrder.UNATTENDED,
      ...(show === "held" ? { held: true } : {}),
    },
    { placeholderData: keepPreviousData },
  );
  const fresh = useFresh(
    data,
    (d) => d.sessions,
    (s) => s.id,
    refetch,
  );
  useWatch(
    (resumeToken, signal) => client(SessionService).watchSessions({ resumeToken }, { signal }),
    data && !list.page ? data.resumeToken : undefined,
    ({ report }) => report.case === "session" && report.value.id !== "system" && fresh.take(report.value),
    refetch,
    "sessions",
  );
  // A list is not read anew for it: nothing moves under the reader's hand.
  const { rows, take } = fresh;
  const told = useRef<Seen>(undefined);
  useEffect(() => {
    const row = seen && seen !== told.current ? rows?.find((s) => s.id === seen.session) : undefined;
    if (!seen || !row) return;
    told.current = seen;
    take(create(SessionSchema, { ...row, unread: seen.unread }));
  }, [seen, rows, take]);
  return (
    <nav aria-label={t("nav.sessions")} className="flex h-full flex-col">
      <Filters list={list}>
        <SearchBox list={list} label={t("list.search")} />
        <Choice
          list={list}
          name="show"
          label={t("word.all")}
          choices={[
            { value: "unanswered", label: t("sessions.unanswered") },
            { value: "unread", label: t("sessions.unread") },
            { value: "held", label: t("sessions.held") },
          ]}
        />
      </Filters>
      <div className="min-h-0 flex-1 overflow-y-auto">
        {fresh.count > 0 && (
          <button
            type="button"
            onClick={fresh.onShow}
            className="flex w-full items-center justify-center gap-1 border-b bg-primary-soft py-1.5 text-primary"
          >
            <ArrowUp className="size-4" aria-hidden /> {t("list.fresh", { count: fresh.count })}
          </button>
        )}
        {error && !data ? (
          <Failure error={error} onRetry={refetch} />
        ) : !data ? (
          <Skeleton />
        ) : data.sessions.length === 0 ? (
          list.filtered || list.page ? (
            <NoMatch list={list} />
          ) : (
            <Empty title={t("sessions.empty")} hint={t("sessions.emptyHint")} />
          )
        ) : (
          <ul className="divide-y">
            {fresh.rows?.map((s) => (
              <li key={s.id}>
                <Link
                  to={{ pathname: `/sessions/${encodeURIComponent(s.id)}`, search: location.search }}
                  aria-current={s.id === open ? "page" : undefined}
                  className={cn("block px-3 py-2 hover:bg-sunken", s.id === open && "bg-primary-soft")}
                >
                  <div className="flex items-baseline justify-between gap-2">
                    <span className={cn("truncate", s.unread > 0 ? "font-bold" : "font-medium")}>
                      {s.title || s.id}
                    </span>
                    <span className="shrink-0 text-xs text-faint">
                      {s.oldestQuestionTime ? (
                        <span className="text-warn" title={t("console.waitingSince")}>
                          <Hourglass className="inline size-3" aria-label={t("console.waitingSince")} />{" "}
                          <Time at={s.oldestQuestionTime} ago />
                        </span>
                      ) : (
                        <Time at={s.lastMessageTime} ago />
                      )}
                    </span>
                  </div>
                  <div className="flex items-center gap-2">
                    <div className={cn("min-w-0 flex-1 truncate text-[13px]", s.unread > 0 ? "text-ink" : "text-soft")}>
                      {s.lastRole !== Role.UNSPECIFIED && s.lastText !== "" && (
                        <span className="text-faint">
                          {t("sessions.lastSaid", { role: enumLabel(RoleSchema, s.lastRole, lang) })}
                        </span>
                      )}
                      {s.lastText}
                    </div>
                    {s.unread > 0 && <Unread count={s.unread} />}
                  </div>
                  <div className="flex flex-wrap gap-1 empty:hidden">
                    {s.unanswered > 0 && (
                      <Tag className="bg-warn/15 text-ink">{t("sessions.waitingFor", { count: s.unanswered })}</Tag>
                    )}
                    {s.held && <Tag className="bg-person/15 text-ink">{t("sessions.heldShort")}</Tag>}
                    {s.openTasks > 0 && <Tag>{t("sessions.tasks", { count: s.openTasks })}</Tag>}
                    {s.openAlerts > 0 && (
                      <Tag className="bg-bad/10 text-ink">{t("sessions.alerts", { count: s.openAlerts })}</Tag>
                    )}
                  </div>
                </Link>
              </li>
            ))}
          </ul>
        )}
      </div>
      {(list.page || data?.nextPageToken) && (
        <div className="flex justify-between border-t p-2">
          <Button size="small" disabled={!list.page} onClick={list.back}>
            {t("list.previous")}
          </Button>
          <Button size="small" disabled={!data?.nextPageToken} onClick={() => data && list.next(data.nextPageToken)}>
            {t("list.next")}
          </Button>
        </div>
      )}
    </nav>
  );
}

function Unread({ count }: { count: number }) {
  const { t } = useText();
  return (
    <span className="grid h-5 min-w-5 shrink-0 place-items-center rounded-full bg-primary px-1.5 text-xs font-semibold text-primary-ink tabular-nums">
      <span aria-hidden>{unreadWords(count)}</span>
      <span className="sr-only">{t("sessions.unreadCount", { count: unreadWords(count) })}</span>
    </span>
  );
}
