import { InstanceService } from "@gen/flowdesk/v1/instance_service_pb";
import { type Instance, InstanceStatus } from "@gen/flowdesk/v1/resource_instance_pb";
import { Ban, RotateCw } from "lucide-react";
import { useText } from "@/i18n";
import type { BulkAction } from "@/parts/bulk";

/** useInstanceBulk is what can be done with many instances at once. */
export function useInstanceBulk(): BulkAction<Instance>[] {
  const { t } = useText();
  return [
    {
      key: "retry",
      label: t("instances.bulk.retry"),
      icon: <RotateCw />,
      needs: InstanceService.method.retryInstance,
      reaches: true,
      able: (i) => i.status === InstanceStatus.FAILED,
      ask: t("instances.bulk.retryAsk"),
      act: () => ({ case: "retryInstances", value: {} }),
    },
    {
      key: "cancel",
      label: t("instances.bulk.cancel"),
      icon: <Ban />,
      danger: true,
      needs: InstanceService.method.cancelInstance,
      able: (i) => !i.endTime,
      ask: t("instances.bulk.cancelAsk"),
      act: () => ({ case: "cancelInstances", value: {} }),
    },
  ];
}
