import { QueueService } from "@gen/flowdesk/v1/queue_service_pb";
import { type Command, CommandKind, CommandState } from "@gen/flowdesk/v1/resource_command_pb";
import { Ban, Ellipsis, Hand, PenLine, RotateCw, SearchCheck, SendHorizontal } from "lucide-react";
import { useState } from "react";
import { client } from "@/api/transport";
import { useText } from "@/i18n";
import { useAct } from "@/parts/act";
import { Confirm } from "@/parts/confirm";
import { toastFailure } from "@/parts/toast";
import { Button } from "@/ui/button";
import { Menu } from "@/ui/menu";
import { EditCommand } from "./edit";

/** waiting are the states of commands that have not left. */
export const waiting = [CommandState.QUEUED, CommandState.DELAYED];
/** over are the states in which a command may be sent once more. */
export const over = [CommandState.FAILED, CommandState.TIMEOUT, CommandState.UNKNOWN, CommandState.MANUAL];

/** CommandMenu is what can be done with a command in its state. What reaches customers is asked first. */
export function CommandMenu({ command }: { command: Command }) {
  const { t } = useText();
  const act = useAct();
  const [asked, setAsked] = useState<"send" | "cancel" | "retry" | "hand">();
  const [editing, setEditing] = useState<Command>();
  const queue = client(QueueService);
  const { name, etag } = command;
  const calls = {
    send: () => queue.sendCommandNow({ name, etag }),
    cancel: (reason: string) => queue.cancelCommand({ name, reason }),
    retry: (reason: string) => queue.retryCommand({ name, etag, reason }),
    hand: (reason: string) => queue.updateCommandState({ name, etag, reason, state: CommandState.MANUAL }),
  };
  const check = () => {
    act(queue.checkCommandResult({ name }), t("commands.checked")).catch((error: unknown) => toastFailure(error));
  };
  return (
    <>
      <Menu
        trigger={
          <Button tone="quiet" size="icon" aria-label={t("do.more")}>
            <Ellipsis />
          </Button>
        }
        items={[
          {
            label: t("commands.send"),
            needs: QueueService.method.sendCommandNow,
            icon: <SendHorizontal />,
            disabled: !waiting.includes(command.state),
            onSelect: () => setAsked("send"),
          },
          {
            label: t("commands.edit"),
            needs: QueueService.method.editCommand,
            icon: <PenLine />,
            disabled: !waiting.includes(command.state) || command.kind === CommandKind.RECALL,
            onSelect: () => setEditing(command), // as it is now: what changes meanwhile is told, not overwritten
          },
          {
            label: t("commands.check"),
            needs: QueueService.method.checkCommandResult,
            icon: <SearchCheck />,
            disabled: waiting.includes(command.state),
            onSelect: check,
          },
          {
            label: t("commands.retry"),
            needs: QueueService.method.retryCommand,
            icon: <RotateCw />,
            disabled: !over.includes(command.state),
            onSelect: () => setAsked("retry"),
          },
          {
            label: t("commands.hand"),
            needs: QueueService.method.updateCommandState,
            icon: <Hand />,
            disabled: command.state === CommandState.COMPLETED || command.state === CommandState.MANUAL,
            onSelect: () => setAsked("hand"),
          },
          "line",
          {
            label: t("commands.cancel"),
            needs: QueueService.method.cancelCommand,
            icon: <Ban />,
            danger: true,
            disabled: !waiting.includes(command.state),
            onSelect: () => setAsked("cancel"),
          },
        ]}
      />
      {editing && <EditCommand command={editing} onClose={() => setEditing(undefined)} />}
      {asked && (
        <Confirm
          open
          onClose={() => setAsked(undefined)}
          title={t(`commands.${asked}`)}
          verb={t(`commands.${asked}`)}
          danger={asked === "cancel"}
          reason={asked !== "send"}
          onConfirm={(reason) => act(calls[asked](reason), t(`commands.${asked}Done`))}
        >
          <blockquote className="rounded-card border bg-sunken px-3 py-2">{command.text}</blockquote>
          <p className="text-soft">{t(`commands.${asked}Ask`, { group: command.targetName })}</p>
        </Confirm>
      )}
    </>
  );
}
