import { QueueService } from "@gen/flowdesk/v1/queue_service_pb";
import { useState } from "react";
import { client } from "@/api/transport";
import { useText } from "@/i18n";
import { useAct } from "@/parts/act";
import { Composer } from "@/parts/composer";
import { useGate } from "@/parts/gate";
import { Failure } from "@/parts/states";

/** Compose lets a person speak in the group through the robot on duty. */
export function Compose({ session }: { session: string }) {
  const { t } = useText();
  const act = useAct();
  const { disabled = false, title } = useGate(QueueService.method.enqueueCommand);
  const [error, setError] = useState<unknown>();
  const send = async (text: string) => {
    setError(undefined);
    try {
      await act(
        client(QueueService).enqueueCommand({
          command: { targetSession: session, text },
          requestId: crypto.randomUUID?.() ?? `${Date.now()}-${Math.random()}`,
        }),
        t("sessions.sent"),
      );
    } catch (failure) {
      setError(failure);
      throw failure;
    }
  };
  return (
    <div>
      {error !== undefined && <Failure error={error} />}
      <Composer keep={`session/${session}`} label={title ?? t("sessions.sayAs")} disabled={disabled} onSend={send} />
    </div>
  );
}
