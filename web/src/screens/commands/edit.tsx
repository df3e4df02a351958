import { QueueService } from "@gen/flowdesk/v1/queue_service_pb";
import type { Command } from "@gen/flowdesk/v1/resource_command_pb";
import { client } from "@/api/transport";
import { useText } from "@/i18n";
import { useAct } from "@/parts/act";
import { EditText } from "@/parts/edit-text";
import { useTitles } from "@/parts/titles";

/** EditCommand changes the text of a command that has not left, as it was read: what changed meanwhile is told, not overwritten. */
export function EditCommand({ command, onClose }: { command: Command; onClose: () => void }) {
  const { t } = useText();
  const act = useAct();
  const titles = useTitles();
  const { name, etag } = command;
  return (
    <EditText
      text={command.text}
      reasoned
      onClose={onClose}
      onSave={(text, reason) =>
        act(client(QueueService).editCommand({ name, etag, text, reason }), t("commands.editDone"))
      }
    >
      {t("commands.editAsk", { group: titles.group(command.targetSession) || command.targetName })}
    </EditText>
  );
}
