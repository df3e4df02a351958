import { AlertState, AlertStateSchema } from "@gen/flowdesk/v1/resource_alert_pb";
import { CommandState, CommandStateSchema } from "@gen/flowdesk/v1/resource_command_pb";
import { InstanceStatus, InstanceStatusSchema } from "@gen/flowdesk/v1/resource_instance_pb";
import { JobState, JobStateSchema } from "@gen/flowdesk/v1/resource_job_pb";
import { RobotState, RobotStateSchema } from "@gen/flowdesk/v1/resource_robot_pb";
import { TaskState, TaskStateSchema } from "@gen/flowdesk/v1/resource_task_pb";
import { Presence, PresenceSchema } from "@gen/flowdesk/v1/types_pb";
import {
  CircleCheck,
  CircleDashed,
  CircleSlash,
  CircleX,
  Clock,
  Hand,
  Hourglass,
  Info,
  LoaderCircle,
  type LucideIcon,
  RefreshCw,
  TriangleAlert,
} from "lucide-react";
import { enumLabel } from "@/api/labels";
import { useText } from "@/i18n";
import { cn } from "@/ui/cn";

export { Level } from "./level";

type Tone = "ok" | "info" | "wait" | "warn" | "bad" | "idle" | "skip" | "person";

const tones: Record<Tone, string> = {
  ok: "text-ok",
  info: "text-info",
  wait: "text-wait",
  warn: "text-warn",
  bad: "text-bad",
  idle: "text-idle",
  skip: "text-skip",
  person: "text-person",
};

/** Status is icon, word and colour together: never colour alone. */
export function Status({
  tone,
  icon: Icon,
  children,
  spin = false,
}: {
  tone: Tone;
  icon: LucideIcon;
  children: string;
  spin?: boolean;
}) {
  return (
    <span className={cn("inline-flex items-center gap-1 whitespace-nowrap", tones[tone])}>
      <Icon className={cn("size-4 shrink-0", spin && "motion-safe:animate-spin")} aria-hidden />
      {children}
    </span>
  );
}

type Look = [Tone, LucideIcon, boolean?];
const unknown: Look = ["idle", CircleDashed];

const instances: Record<number, Look> = {
  [InstanceStatus.RUNNING]: ["info", LoaderCircle, true],
  [InstanceStatus.WAITING]: ["wait", Hourglass],
  [InstanceStatus.COMPLETED]: ["ok", CircleCheck],
  [InstanceStatus.FAILED]: ["bad", CircleX],
  [InstanceStatus.CANCELLED]: ["skip", CircleSlash],
  [InstanceStatus.QUARANTINED]: ["person", Hand],
};

const jobs: Record<number, Look> = {
  [JobState.QUEUED]: ["idle", CircleDashed],
  [JobState.RUNNING]: ["info", LoaderCircle, true],
  [JobState.COMPLETED]: ["ok", CircleCheck],
  [JobState.CANCELLED]: ["skip", CircleSlash],
  [JobState.STOPPED]: ["bad", CircleX],
};

const commands: Record<number, Look> = {
  [CommandState.QUEUED]: ["idle", CircleDashed],
  [CommandState.DELAYED]: ["wait", Clock],
  [CommandState.SENDING]: ["info", LoaderCircle, true],
  [CommandState.SENT]: ["info", Hourglass],
  [CommandState.COMPLETED]: ["ok", CircleCheck],
  [CommandState.FAILED]: ["bad", CircleX],
  [CommandState.TIMEOUT]: ["bad", Clock],
  [CommandState.UNKNOWN]: ["warn", RefreshCw],
  [CommandState.CANCELLED]: ["skip", CircleSlash],
  [CommandState.SUPERSEDED]: ["skip", CircleSlash],
  [CommandState.MANUAL]: ["person", Hand],
};

const tasks: Record<number, Look> = {
  [TaskState.PENDING]: ["idle", CircleDashed],
  [TaskState.WAITING_USER_RESPONSE]: ["wait", Hourglass],
  [TaskState.RESPONDED]: ["info", Info],
  [TaskState.IN_PROGRESS]: ["info", LoaderCircle],
  [TaskState.COMPLETED]: ["ok", CircleCheck],
  [TaskState.CANCELLED]: ["skip", CircleSlash],
  [TaskState.ESCALATED]: ["bad", TriangleAlert],
};

const robots: Record<number, Look> = {
  [RobotState.ONLINE]: ["ok", CircleCheck],
  [RobotState.OFFLINE]: ["bad", CircleX],
  [RobotState.PAUSED]: ["skip", CircleSlash],
  [RobotState.TRIPPED]: ["warn", TriangleAlert],
};

const presences: Record<number, Look> = {
  [Presence.ONLINE]: ["ok", CircleCheck],
  [Presence.BUSY]: ["warn", Clock],
  [Presence.OFFLINE]: ["skip", CircleSlash],
};

const alerts: Record<number, Look> = {
  [AlertState.OPEN]: ["bad", TriangleAlert],
  [AlertState.ACKNOWLEDGED]: ["info", Hand],
  [AlertState.RESOLVED]: ["ok", CircleCheck],
};

function draw(looks: Record<number, Look>, number: number, label: string) {
  const [tone, icon, spin] = looks[number] ?? unknown;
  return (
    <Status tone={tone} icon={icon} spin={spin ?? false}>
      {label || "—"}
    </Status>
  );
}

/** InstanceState, CommandStateChip and the others show one state of their kind. */
export function InstanceState({ status }: { status: InstanceStatus }) {
  return draw(instances, status, enumLabel(InstanceStatusSchema, status, useText().lang));
}
export function CommandStateChip({ state }: { state: CommandState }) {
  return draw(commands, state, enumLabel(CommandStateSchema, state, useText().lang));
}
export function JobStateChip({ state }: { state: JobState }) {
  return draw(jobs, state, enumLabel(JobStateSchema, state, useText().lang));
}
export function TaskStateChip({ state }: { state: TaskState }) {
  return draw(tasks, state, enumLabel(TaskStateSchema, state, useText().lang));
}
export function RobotStateChip({ state }: { state: RobotState }) {
  return draw(robots, state, enumLabel(RobotStateSchema, state, useText().lang));
}
export function PresenceChip({ presence }: { presence: Presence }) {
  return draw(presences, presence, enumLabel(PresenceSchema, presence, useText().lang));
}
/** AlertStateChip says of an alert that ended by itself that it was cancelled: nobody resolved it. */
export function AlertStateChip({ state, cancelled }: { state: AlertState; cancelled?: boolean }) {
  const { t, lang } = useText();
  const label = enumLabel(AlertStateSchema, state, lang);
  return draw(alerts, state, cancelled && state === AlertState.RESOLVED ? `${label} · ${t("wall.cancelled")}` : label);
}

/** Tag is a quiet label. */
export function Tag({ children, className }: { children: React.ReactNode; className?: string }) {
  return (
    <span
      className={cn(
        "inline-flex items-center rounded bg-sunken px-1.5 text-xs leading-5 whitespace-nowrap text-soft",
        className,
      )}
    >
      {children}
    </span>
  );
}
