import { QueueService } from "@gen/flowdesk/v1/queue_service_pb";
import { type Command, CommandState } from "@gen/flowdesk/v1/resource_command_pb";
import { Ban, Hand, RotateCw, SendHorizontal } from "lucide-react";
import { client } from "@/api/transport";
import { useText } from "@/i18n";
import type { BulkAction } from "@/parts/bulk";
import { over, waiting } from "./actions";

/** useCommandBulk is what can be done with many commands at once. */
export function useCommandBulk(): BulkAction<Command>[] {
  const { t } = useText();
  const queue = client(QueueService);
  return [
    {
      key: "send",
      label: t("commands.send"),
      icon: <SendHorizontal />,
      needs: QueueService.method.sendCommandNow,
      able: (c) => waiting.includes(c.state),
      ask: t("commands.bulk.send"),
      run: ({ name, etag }) => queue.sendCommandNow({ name, etag }),
    },
    {
      key: "retry",
      label: t("commands.retry"),
      icon: <RotateCw />,
      needs: QueueService.method.retryCommand,
      able: (c) => over.includes(c.state),
      ask: t("commands.bulk.retry"),
      run: ({ name, etag }, reason) => queue.retryCommand({ name, etag, reason }),
    },
    {
      key: "hand",
      label: t("commands.hand"),
      icon: <Hand />,
      needs: QueueService.method.updateCommandState,
      able: (c) => over.includes(c.state) && c.state !== CommandState.MANUAL,
      ask: t("commands.bulk.hand"),
      run: ({ name, etag }, reason) => queue.updateCommandState({ name, etag, reason, state: CommandState.MANUAL }),
    },
    {
      key: "cancel",
      label: t("commands.cancel"),
      icon: <Ban />,
      danger: true,
      needs: QueueService.method.cancelCommand,
      able: (c) => waiting.includes(c.state),
      ask: t("commands.bulk.cancel"),
      run: ({ name }, reason) => queue.cancelCommand({ name, reason }),
    },
  ];
}
