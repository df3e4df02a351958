import { timestampFromDate, timestampMs } from "@bufbuild/protobuf/wkt";
import { useQuery } from "@connectrpc/connect-query";
import { AlertService } from "@gen/flowdesk/v1/alert_service_pb";
import { AnalyticsService } from "@gen/flowdesk/v1/analytics_service_pb";
import { SessionOrder } from "@gen/flowdesk/v1/list_counts_pb";
import { QueueService } from "@gen/flowdesk/v1/queue_service_pb";
import { type Alert, AlertState } from "@gen/flowdesk/v1/resource_alert_pb";
import { CommandState } from "@gen/flowdesk/v1/resource_command_pb";
import { RobotState } from "@gen/flowdesk/v1/resource_robot_pb";
import { RobotService } from "@gen/flowdesk/v1/robot_service_pb";
import { SessionService } from "@gen/flowdesk/v1/session_service_pb";
import { AlertLevel } from "@gen/flowdesk/v1/types_pb";
import { keepPreviousData } from "@tanstack/react-query";
import { Maximize, X } from "lucide-react";
import { useEffect } from "react";
import { Link, useSearchParams } from "react-router";
import { useWatch } from "@/api/live";
import { client } from "@/api/transport";
import { speakLanguage, useText } from "@/i18n";
import { useHear } from "@/parts/hear";
import { usePoll } from "@/parts/poll";
import { startOf, useToday } from "@/parts/range";
import { Level } from "@/parts/status";
import { clock, span, useNow } from "@/parts/time";
import { Button } from "@/ui/button";
import { Big, Panel } from "./board";
import { Cancelled } from "./cancelled";
import { Latest, Robots, Waiting } from "./lists";

const levels = [AlertLevel.CRITICAL, AlertLevel.ERROR, AlertLevel.WARNING, AlertLevel.INFO];
const unresolved = [AlertState.OPEN, AlertState.ACKNOWLEDGED];
const shown = 12;

const told = (alert: Alert) => (alert.updateTime ? timestampMs(alert.updateTime) : 0);

/** Wall is the screen on the wall: dark, readable from four metres, without anything to click. Its address may name the language (lang=zh). */
export default function Wall() {
  const { t } = useText();
  const [params] = useSearchParams();
  const lang = params.get("lang");
  useEffect(() => {
    document.title = `${t("wall.title")} · Flowdesk`;
  }, [t]);
  useEffect(() => {
    if (lang === "zh" || lang === "en") void speakLanguage(lang);
  }, [lang]);
  const today = useToday();
  // Messages, tasks, alerts and commands change their sessions; besides, what changes by time alone is read anew, and the age stays low.
  const live = {
    placeholderData: keepPreviousData,
    refetchInterval: usePoll(15_000),
    refetchIntervalInBackground: true,
  };
  const overview = useQuery(AnalyticsService.method.getOverview, { since: timestampFromDate(startOf(today)) }, live);
  const alerts = useQuery(AlertService.method.listAlerts, { pageSize: 200, states: unresolved }, live);
  const sessions = useQuery(SessionService.method.listSessions, { pageSize: 50, order: SessionOrder.WAITING }, live);
  const counts = useQuery(QueueService.method.countCommands, {}, live);
  const robots = useQuery(RobotService.method.listRobots, { pageSize: 200 }, live);
  useHear(() => [overview, alerts, sessions, counts].map(({ refetch }) => refetch()), 1_000, 0, overview.isSuccess);
  useWatch(
    (resumeToken, signal) => client(RobotService).watchRobots({ resumeToken }, { signal }),
    robots.data?.resumeToken,
    ({ report }) => (report.case === "robot" || report.case === "deleted") && void robots.refetch(),
    robots.refetch,
    "wall-robots",
  );
  const now = overview.data?.now;
  const open = new Map(now?.openAlerts.map(({ level, count }) => [level, Number(count)]));
  const grave = [...(alerts.data?.alerts ?? [])].sort((a, b) => b.level - a.level || told(b) - told(a)).slice(0, shown);
  const command = (...states: CommandState[]) =>
    (counts.data?.counts ?? []).filter((c) => states.includes(c.state)).reduce((sum, c) => sum + Number(c.count), 0);
  const machines = robots.data?.robots ?? [];
  const oldest = Math.min(...[overview, alerts, sessions, counts, robots].map((query) => query.dataUpdatedAt));
  return (
    <main className="dark flex h-dvh flex-col gap-3 overflow-hidden bg-bg p-4 text-ink max-lg:overflow-y-auto">
      <Head oldest={oldest} />
      <div className="grid shrink-0 grid-cols-2 gap-3 lg:grid-cols-[2fr_1fr]">
        <Panel title={t("wall.alerts")} className="max-lg:col-span-2">
          <div className="grid grid-cols-4 gap-3 max-sm:grid-cols-2">
            {levels.map((level) => (
              <Big key={level} value={open.get(level) ?? 0} alarm={level >= AlertLevel.ERROR}>
                <span className="[&>span]:text-base">
                  <Level level={level} />
                </span>
              </Big>
            ))}
          </div>
        </Panel>
        <Panel title={t("wall.people")} className="max-lg:col-span-2">
          <div className="grid grid-cols-2 gap-3">
            <Big value={Number(now?.sessionsUnanswered ?? 0)} alarm>
              {t("wall.waiting")}
            </Big>
            <Big value={Number(now?.overdueTasks ?? 0)} alarm>
              {t("wall.overdue")}
            </Big>
          </div>
        </Panel>
        <Panel title={t("wall.commands")} className="max-lg:col-span-2">
          <div className="grid grid-cols-4 gap-3 max-sm:grid-cols-2">
            <Big value={command(CommandState.QUEUED, CommandState.DELAYED)}>{t("wall.queued")}</Big>
            <Big value={command(CommandState.SENDING, CommandState.SENT)}>{t("wall.sending")}</Big>
            <Big value={command(CommandState.TIMEOUT, CommandState.UNKNOWN)} alarm>
              {t("wall.doubtful")}
            </Big>
            <Big value={command(CommandState.MANUAL)} alarm>
              {t("wall.manual")}
            </Big>
          </div>
        </Panel>
        <Panel title={t("wall.robots")} className="max-lg:col-span-2">
          <div className="grid grid-cols-2 gap-3">
            <Big value={machines.filter((r) => r.state === RobotState.ONLINE).length}>
              {t("wall.robotsOn", { all: machines.length })}
            </Big>
            <Big value={now?.robotsOffline ?? 0} alarm>
              {t("wall.robotsOff")}
            </Big>
          </div>
        </Panel>
      </div>
      <div className="grid min-h-0 flex-1 gap-3 max-lg:flex-none lg:grid-cols-[3fr_2fr] xl:grid-cols-[2fr_1fr_1fr]">
        <Panel title={t("wall.latest")}>
          {/* What ended by itself has its place also where more is open than fits. */}
          <div className="flex h-full flex-col">
            <div className="min-h-0 flex-1">
              <Latest alerts={grave} />
            </div>
            <Cancelled />
          </div>
        </Panel>
        <Panel title={t("wall.longest")} note={t("wall.waitingHint")}>
          <Waiting sessions={sessions.data?.sessions ?? []} />
        </Panel>
        <Panel title={t("wall.machines")} className="lg:max-xl:hidden">
          <Robots robots={machines} />
        </Panel>
      </div>
    </main>
  );
}

function Head({ oldest }: { oldest: number }) {
  const { t, lang } = useText();
  const now = useNow();
  const age = Math.max(0, Math.round((now - oldest) / 1000));
  const stale = age >= 30;
  return (
    <header className="flex shrink-0 items-center gap-4">
      <img src="/favicon.svg" alt="" className="size-8" />
      <h1 className="text-2xl font-semibold">{t("wall.title")}</h1>
      <p className={stale ? "text-lg font-medium text-bad" : "text-lg text-soft"} aria-live="off">
        {oldest === 0 ? (
          t("wall.connecting")
        ) : stale ? (
          <>▲ {t("wall.stale", { span: span(age * 1000, lang) })}</>
        ) : (
          <>
            <span aria-hidden className="text-ok">
              ●
            </span>{" "}
            {t("wall.fresh", { seconds: age })}
          </>
        )}
      </p>
      <div className="flex-1" />
      <time className="text-[48px] leading-[52px] font-semibold tabular-nums max-sm:hidden">
        {clock(new Date(now), lang, false)}
      </time>
      <Button
        tone="quiet"
        size="icon"
        aria-label={t("wall.full")}
        onClick={() => void document.documentElement.requestFullscreen?.().catch(() => {})}
      >
        <Maximize />
      </Button>
      <Link
        to="/"
        aria-label={t("wall.leave")}
        className="inline-flex size-8 items-center justify-center rounded-control text-soft hover:bg-sunken hover:text-ink max-md:size-10"
      >
        <X className="size-4" aria-hidden />
      </Link>
    </header>
  );
}
