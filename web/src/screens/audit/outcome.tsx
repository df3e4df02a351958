import type { AuditRecord } from "@gen/flowdesk/v1/resource_access_pb";
import { CircleCheck, CircleDashed, CircleX } from "lucide-react";
import { useText } from "@/i18n";
import { Status } from "@/parts/status";

const outcomes = [
  "NotFound",
  "InvalidArgument",
  "FailedPrecondition",
  "Aborted",
  "AlreadyExists",
  "PermissionDenied",
  "Unauthenticated",
  "ResourceExhausted",
  "Unavailable",
  "DeadlineExceeded",
  "Canceled",
  "Unimplemented",
  "Internal",
  "Unknown",
  "OutOfRange",
] as const;
const said = (outcome: string): outcome is (typeof outcomes)[number] => outcomes.some((o) => o === outcome);

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
      {said(record.outcome) ? t(`audit.ended.${record.outcome}`) : record.outcome}
    </Status>
  ) : (
    <Status tone="warn" icon={CircleDashed}>
      {t("audit.underWay")}
    </Status>
  );
}
