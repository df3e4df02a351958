import { useQuery } from "@connectrpc/connect-query";
import { QueueService } from "@gen/flowdesk/v1/queue_service_pb";
import { CommandState } from "@gen/flowdesk/v1/resource_command_pb";
import type { Instance } from "@gen/flowdesk/v1/resource_instance_pb";
import { Hourglass } from "lucide-react";
import { useEffect } from "react";
import { useText } from "@/i18n";
import { CommandLink } from "@/parts/links";
import { eachOnce } from "@/parts/node-names";
import { CommandStateChip } from "@/parts/status";
import { Time } from "@/parts/time";
import { CommandMenu } from "../commands/actions";
import { Why } from "../commands/why";

const unsettled = [
  CommandState.QUEUED,
  CommandState.DELAYED,
  CommandState.SENDING,
  CommandState.SENT,
  CommandState.TIMEOUT,
  CommandState.UNKNOWN,
];

/** Waits tells what an instance waits for: its nodes by name, and the commands that are still to be said or confirmed, with when and why. */
export function Waits({ instance, told }: { instance: Instance; told: (node: string) => string }) {
  const { t } = useText();
  const { data, refetch } = useQuery(QueueService.method.listCommands, {
    instance: instance.name,
    states: unsettled,
    pageSize: 10,
  });
  // What the instance waits for changes with its commands.
  const changed = `${instance.updateTime?.seconds} ${instance.waitingFor.join()}`;
  // biome-ignore lint/correctness/useExhaustiveDependencies: a change of the instance is the reason
  useEffect(() => void refetch(), [changed]);
  return (
    <section
      aria-label={t("waits.title")}
      className="flex flex-col gap-2 rounded-card border border-wait/40 bg-wait/5 px-4 py-2"
    >
      <p className="flex flex-wrap items-center gap-x-2">
        <Hourglass className="size-4 text-wait" aria-hidden />
        <span className="text-soft">{t("waits.title")}</span>
        <span className="font-medium">{eachOnce(instance.waitingFor.map(told)).join(" · ")}</span>
      </p>
      {(data?.commands ?? []).map((command) => (
        <div
          key={command.id}
          className="flex flex-wrap items-center gap-x-3 gap-y-1 border-t border-wait/30 pt-2 text-[13px]"
        >
          <CommandStateChip state={command.state} />
          <span className="min-w-40 flex-1">
            <CommandLink command={command.name}>
              <span className="line-clamp-1">{command.text}</span>
            </CommandLink>
          </span>
          <span>
            <Time at={command.sendTime} seconds />
            <Why command={command} />
          </span>
          <CommandMenu command={command} />
        </div>
      ))}
    </section>
  );
}
