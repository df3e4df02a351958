import { Inbox, Lock, RotateCw, TriangleAlert } from "lucide-react";
import type { ReactNode } from "react";
import { isDenied, problem } from "@/api/problem";
import { useText } from "@/i18n";
import { Button } from "@/ui/button";
import { RequestId } from "./request-id";

/** Empty says what will appear here, and offers the next step. */
export function Empty({ title, hint, action }: { title: string; hint?: ReactNode; action?: ReactNode }) {
  return (
    <div className="flex flex-col items-center gap-2 px-6 py-14 text-center">
      <Inbox className="size-8 text-faint" aria-hidden />
      <p className="font-medium">{title}</p>
      {hint && <p className="max-w-md text-soft">{hint}</p>}
      {action}
    </div>
  );
}

/** Failure says what went wrong, with the code, and lets the reader try again. */
export function Failure({ error, onRetry }: { error: unknown; onRetry?: (() => void) | undefined }) {
  const { t } = useText();
  const { message, reason, code, fields, request } = problem(error);
  if (isDenied(error)) return <Denied request={request} />;
  return (
    <div role="alert" className="m-4 flex gap-3 rounded-card border border-bad/40 bg-bad/5 p-4">
      <TriangleAlert className="mt-0.5 size-5 shrink-0 text-bad" aria-hidden />
      <div className="min-w-0 flex-1">
        <p className="font-medium">{message || t("state.failed")}</p>
        {fields.map((f) => (
          <p key={f.field} className="text-soft">
            <code className="font-mono text-[13px]">{f.field}</code> {f.description}
          </p>
        ))}
        <p className="text-xs text-faint">{reason || code}</p>
        <RequestId id={request} />
      </div>
      {onRetry && (
        <Button size="small" onClick={onRetry}>
          <RotateCw /> {t("do.retry")}
        </Button>
      )}
    </div>
  );
}

/** Denied says that the reader's role may not see or do this, and who can help. */
export function Denied({ request = "" }: { request?: string }) {
  const { t } = useText();
  return (
    <div role="alert" className="m-4 flex gap-3 rounded-card border bg-sunken p-4">
      <Lock className="mt-0.5 size-5 shrink-0 text-soft" aria-hidden />
      <div>
        <p className="font-medium">{t("access.denied")}</p>
        <p className="text-soft">{t("access.deniedHint")}</p>
        <RequestId id={request} />
      </div>
    </div>
  );
}

/** Skeleton stands in for rows that are on their way. */
export function Skeleton({ rows = 6 }: { rows?: number }) {
  const { t } = useText();
  return (
    <div role="status" aria-label={t("state.loading")} className="flex flex-col gap-3 p-4">
      {Array.from({ length: rows }, (_, i) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: bars are all alike
        <div key={i} className="h-5 animate-pulse rounded bg-sunken" style={{ width: `${90 - ((i * 17) % 40)}%` }} />
      ))}
    </div>
  );
}
