import { useQuery } from "@connectrpc/connect-query";
import { AlertService } from "@gen/flowdesk/v1/alert_service_pb";
import { AlertState } from "@gen/flowdesk/v1/resource_alert_pb";
import { SessionService } from "@gen/flowdesk/v1/session_service_pb";
import type { Participant } from "@gen/flowdesk/v1/state_pb";
import { TaskService } from "@gen/flowdesk/v1/task_service_pb";
import { RoleSchema } from "@gen/flowdesk/v1/types_pb";
import { ChevronRight } from "lucide-react";
import { type ReactNode, useEffect, useRef } from "react";
import { Link } from "react-router";
import { enumLabel } from "@/api/labels";
import { useText } from "@/i18n";
import { headline } from "@/i18n/reasons";
import { Level, PresenceChip, RobotStateChip, Tag, TaskStateChip } from "@/parts/status";
import { Time } from "@/parts/time";
import { lastPart, useTitles } from "@/parts/titles";

/** Context is what one needs to know beside a chat: who is there, staff on duty, open tasks and alerts, and what waits. */
export function Context({ session }: { session: string }) {
  const { t, lang } = useText();
  const titles = useTitles();
  const info = useQuery(SessionService.method.getSession, { name: session }).data?.session;
  const taskList = useQuery(TaskService.method.listTrackTasks, { session, open: true, byDeadline: true, pageSize: 20 });
  const alertList = useQuery(AlertService.method.listAlerts, {
    session,
    states: [AlertState.OPEN, AlertState.ACKNOWLEDGED],
    pageSize: 20,
  });
  const tasks = taskList.data?.trackTasks ?? [];
  const alerts = alertList.data?.alerts ?? [];
  // Whatever happens to them is a turn of the session.
  const version = useRef(info?.version);
  useEffect(() => {
    const before = version.current;
    version.current = info?.version;
    if (before === undefined || before === info?.version) return;
    void taskList.refetch();
    void alertList.refetch();
  }, [info?.version, taskList.refetch, alertList.refetch]);
  const group = titles.groups.find((g) => `sessions/${g.id}` === session);
  const there = new Set(info?.participants.map((p) => lastPart(p.person)).filter(Boolean));
  const staff = titles.people.filter((p) => there.has(p.id) || group?.staff.some((s) => s === p.id || s === p.name));
  const robots = titles.robots.filter(
    (r) =>
      info?.participants.some((p) => lastPart(p.robot) === r.id) ||
      group?.aliases.some((a) => lastPart(a.robot) === r.id),
  );
  return (
    <div className="flex flex-col divide-y text-[13px]">
      <Part title={t("sessions.openTasks")}>
        {tasks.map((task) => (
          <Link key={task.id} to={`/tasks?open=${task.id}`} className="flex justify-between gap-2 hover:text-primary">
            <span className="truncate">{headline(task.title, lang)}</span>
            <TaskStateChip state={task.state} />
          </Link>
        ))}
      </Part>
      <Part title={t("nav.alerts")}>
        {alerts.map((alert) => (
          <Link key={alert.id} to={`/alerts?open=${alert.id}`} className="flex gap-2 hover:text-primary">
            <Level level={alert.level} />
            <span className="truncate">{headline(alert.text, lang)}</span>
          </Link>
        ))}
      </Part>
      <Part title={t("sessions.staff")}>
        {staff.map((person) => (
          <div key={person.id} className="flex justify-between gap-2">
            <span>{person.title}</span>
            <PresenceChip presence={person.presence} />
          </div>
        ))}
      </Part>
      <Part title={t("sessions.people")}>
        {info?.participants
          .filter((p) => p.robot === "")
          .map((p) => (
            <Profile key={p.id} participant={p} />
          ))}
      </Part>
      <Part title={t("sessions.robots")}>
        {robots.map((robot) => (
          <Link
            key={robot.id}
            to={`/robots?open=${robot.id}`}
            className="flex justify-between gap-2 hover:text-primary"
          >
            <span className="truncate">{robot.title}</span>
            <RobotStateChip state={robot.state} />
          </Link>
        ))}
      </Part>
      <Part title={t("sessions.waiting")}>
        {info?.waitingInstances.map((instance) => (
          <Link
            key={instance}
            to={`/instances/${encodeURIComponent(instance.slice(instance.lastIndexOf("/") + 1))}`}
            className="truncate text-primary hover:underline"
          >
            {t("word.instance")} {instance.slice(-6)}
          </Link>
        ))}
      </Part>
    </div>
  );
}

// Who somebody is, and below what is known of them.
function Profile({ participant: p }: { participant: Participant }) {
  const { t, lang } = useText();
  return (
    <details className="group">
      <summary className="flex cursor-pointer list-none justify-between gap-2 rounded-control hover:text-primary">
        <span className="flex min-w-0 items-center gap-1">
          <ChevronRight className="size-3.5 shrink-0 text-faint group-open:rotate-90" aria-hidden />
          <span className="truncate">{p.name || p.id}</span>
        </span>
        <Tag>{enumLabel(RoleSchema, p.role, lang)}</Tag>
      </summary>
      <dl className="grid grid-cols-[max-content_1fr] gap-x-3 pt-1 pl-[18px] text-xs leading-5">
        <dt className="text-faint">{t("sessions.spoke", { count: Number(p.messageCount) })}</dt>
        <dd>{p.lastActive && <Time at={p.lastActive} ago />}</dd>
        {p.facts.map((fact) => (
          <div key={fact.name} className="contents">
            <dt className="text-faint">{fact.name}</dt>
            <dd className="min-w-0">{fact.value}</dd>
          </div>
        ))}
      </dl>
    </details>
  );
}

function Part({ title, children }: { title: string; children: ReactNode }) {
  const { t } = useText();
  const nothing = !children || (Array.isArray(children) && children.length === 0);
  return (
    <section className="flex flex-col gap-1.5 px-4 py-3">
      <h3 className="font-semibold">{title}</h3>
      {nothing ? <p className="text-faint">{t("word.none")}</p> : children}
    </section>
  );
}
