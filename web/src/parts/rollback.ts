import type { MessageInitShape } from "@bufbuild/protobuf";
import {
  FlowService,
  type RollbackFlowRequestSchema,
  type RollbackFlowResponse,
} from "@gen/flowdesk/v1/flow_service_pb";
import { client } from "@/api/transport";
import type { useText } from "@/i18n";
import { toast, toastFailure } from "./toast";

type Request = MessageInitShape<typeof RollbackFlowRequestSchema>;

/**
 * rollBack makes what an earlier version is the next version, and live, and says so with a way back. The server cancels so many instances at once:
 * it is asked again while that helps, and progress tells how many are cancelled and left.
 */
export async function rollBack(
  t: ReturnType<typeof useText>["t"],
  request: Request,
  changed: () => Promise<unknown>,
  progress: (cancelled: number, left: number) => void = () => {},
): Promise<void> {
  const flows = client(FlowService);
  const first = await flows.rollbackFlow(request);
  const version = first.flowVersion?.version ?? 0;
  let cancelled = first.cancelledInstances;
  for (let last: RollbackFlowResponse = first; last.cancelledInstances > 0 && last.remainingInstances > 0n; ) {
    progress(cancelled, Number(last.remainingInstances));
    // For what is live by now, and only while it is: asking again rolls nothing back.
    const { name, openInstances } = request;
    last = await flows.rollbackFlow({ name, openInstances, version, etag: first.flow?.etag });
    cancelled += last.cancelledInstances;
  }
  await changed();
  if (first.unchanged) {
    toast(t("versions.rolledBackSame", { version }));
    return;
  }
  const from = first.flowVersion?.rolledBackFrom ?? 0;
  const said = t("versions.rolledBack", { version: first.flowVersion?.restoredVersion, live: version });
  toast(
    cancelled > 0 ? said + t("versions.cancelled", { count: cancelled }) : said,
    from > 0
      ? {
          label: t("do.undo"),
          run: () => void rollBack(t, { name: request.name, version: from }, changed).catch(toastFailure),
        }
      : undefined,
  );
}
