import type { AuditRecord } from "@gen/flowdesk/v1/resource_access_pb";
import { CircleCheck, CircleDashed, CircleX } from "lucide-react";
import { useText } from "@/i18n";
import { Status } from "@/parts/status";

/** Outcome says how a change ended. */
export function Outcome({ record }: { record: AuditRecord }) {
  const { t } = useText();
  if (record.outcome === "OK")
    return (
      <Status tone="ok" icon={CircleCheck}>
        {t("audit.ok")}
      </Status>
    );
  return record.outcome ? (
    <Status tone="bad" icon={CircleX}>
      {record.outcome}
    </Status>
  ) : (
    <Status tone="warn" icon={CircleDashed}>
      {t("audit.underWay")}
    </Status>
  );
}
