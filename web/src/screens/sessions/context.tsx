import { useQuery } from "@connectrpc/connect-query";
import { AlertService } from "@gen/flowdesk/v1/alert_service_pb";
import { AlertState } from "@gen/flowdesk/v1/resource_alert_pb";
import { SessionService } from "@gen/flowdesk/v1/session_service_pb";
import { TaskService } from "@gen/flowdesk/v1/task_service_pb";
import { RoleSchema } from "@gen/flowdesk/v1/types_pb";
import type { ReactNode } from "react";
import { Link } from "react-router";
import { enumLabel } from "@/api/labels";
import { useText } from "@/i18n";
import { Level, PresenceChip, Tag, TaskStateChip } from "@/parts/status";
import { useTitles } from "@/parts/titles";

/** Context is what one needs to know beside a chat: who is there, staff on duty, open tasks and alerts, and what waits. */
export function Context({ session }: { session: string }) {
  const { t, lang } = useText();
  const titles = useTitles();
  const info = useQuery(SessionService.method.getSession, { name: session }).data?.session;
  const tasks =
    useQuery(TaskService.method.listTrackTasks, { session, open: true, byDeadline: true, pageSize: 20 }).data
      ?.trackTasks ?? [];
  const alerts =
    useQuery(AlertService.method.listAlerts, {
      session,
      states: [AlertState.OPEN, AlertState.ACKNOWLEDGED],
      pageSize: 20,
    }).data?.alerts ?? [];
  const group = titles.groups.find((g) => `sessions/${g.id}` === session);
  const staff = titles.people.filter((p) => group?.staff.some((s) => s === p.id || s === p.name));
  return (
    <div className="flex flex-col divide-y text-[13px]">
      <Part title={t("sessions.openTasks")}>
        {tasks.map((task) => (
          <Link key={task.id} to={`/tasks?open=${task.id}`} className="flex justify-between gap-2 hover:text-primary">
            <span className="truncate">{task.title}</span>
            <TaskStateChip state={task.state} />
          </Link>
        ))}
      </Part>
      <Part title={t("nav.alerts")}>
        {alerts.map((alert) => (
          <Link key={alert.id} to={`/alerts?open=${alert.id}`} className="flex gap-2 hover:text-primary">
            <Level level={alert.level} />
            <span className="truncate">{alert.text}</span>
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
        {info?.participants.map((p) => (
          <div key={p.id} className="flex justify-between gap-2">
            <span className="truncate">{p.name || p.id}</span>
            <Tag>{enumLabel(RoleSchema, p.role, lang)}</Tag>
          </div>
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
