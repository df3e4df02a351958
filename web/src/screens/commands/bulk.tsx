import { QueueService } from "@gen/flowdesk/v1/queue_service_pb";
import { type Command, CommandState } from "@gen/flowdesk/v1/resource_command_pb";
import { Ban, Hand, RotateCw, SendHorizontal } from "lucide-react";
import { useText } from "@/i18n";
import type { BulkAction } from "@/parts/bulk";
import { over, waiting } from "./actions";

/** useCommandBulk is what can be done with many commands at once. */
export function useCommandBulk(): BulkAction<Command>[] {
  const { t } = useText();
  return [
    {
      key: "send",
      label: t("commands.send"),
      icon: <SendHorizontal />,
      needs: QueueService.method.sendCommandNow,
      able: (c) => waiting.includes(c.state),
      ask: t("commands.bulk.send"),
      reaches: true,
      act: () => ({ case: "sendCommands", value: {} }),
    },
    {
      key: "retry",
      label: t("commands.retry"),
      icon: <RotateCw />,
      needs: QueueService.method.retryCommand,
      able: (c) => over.includes(c.state),
      ask: t("commands.bulk.retry"),
      reaches: true,
      act: () => ({ case: "retryCommands", value: {} }),
    },
    {
      key: "hand",
      label: t("commands.hand"),
      icon: <Hand />,
      needs: QueueService.method.updateCommandState,
      able: (c) => over.includes(c.state) && c.state !== CommandState.MANUAL,
      ask: t("commands.bulk.hand"),
      reasoned: true,
      act: () => ({ case: "handOverCommands", value: {} }),
    },
    {
      key: "cancel",
      label: t("commands.cancel"),
      icon: <Ban />,
      danger: true,
      needs: QueueService.method.cancelCommand,
      able: (c) => waiting.includes(c.state),
      ask: t("commands.bulk.cancel"),
      act: () => ({ case: "cancelCommands", value: {} }),
    },
  ];
}
