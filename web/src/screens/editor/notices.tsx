import type { Flow } from "@gen/flowdesk/v1/resource_flow_pb";
import { CircleCheck, Lock, Play, RotateCcw, Users, X } from "lucide-react";
import { useState } from "react";
import { Link } from "react-router";
import { useText } from "@/i18n";
import { rollBack } from "@/parts/rollback";
import { toastFailure } from "@/parts/toast";
import { Button } from "@/ui/button";
import type { Draft } from "./draft";

/** Published is what went live last from here. */
export interface Published {
  version: number;
  before: number;
}

const last = new Map<string, Published>();

/** usePublished is what went live from here, also when one comes back from looking at its effect. */
export function usePublished(flow: string) {
  const [published, setPublished] = useState(() => last.get(flow));
  return [
    published,
    (next: Published | undefined) => {
      if (next) last.set(flow, next);
      else last.delete(flow);
      setPublished(next);
    },
  ] as const;
}

/** Notices are thin bars below the header: nothing that takes the focus or stands in the way. */
export function Notices({
  draft,
  flow,
  reader,
  published,
  newer,
  onPublished,
}: {
  draft: Draft;
  flow: Flow;
  reader: boolean;
  published: Published | undefined;
  /** The server has a newer draft than this page. */
  newer: boolean;
  onPublished: (next: Published | undefined) => void;
}) {
  const { t } = useText();
  const [busy, setBusy] = useState(false);
  const back = async (version: number) => {
    setBusy(true);
    try {
      await rollBack(t, { name: flow.name, version }, draft.refresh);
      onPublished(undefined);
    } catch (failure) {
      toastFailure(failure);
    } finally {
      setBusy(false);
    }
  };
  return (
    <>
      {published && (
        <div
          role="status"
          className="flex w-full flex-wrap items-center gap-2 rounded-card bg-ok/10 px-3 py-1.5 text-[13px]"
        >
          <CircleCheck className="size-4 text-ok" aria-hidden />
          {t("drawing.published", { version: published.version })}
          <Link
            className="inline-flex h-7 items-center gap-1 rounded-control border bg-surface px-2 [&_svg]:size-4"
            to={`/simulator?flow=${encodeURIComponent(flow.id)}&version=active`}
          >
            <Play aria-hidden /> {t("drawing.tryIt")}
          </Link>
          {published.before > 0 && (
            <Button size="small" disabled={busy} onClick={() => void back(published.before)}>
              <RotateCcw /> {t("drawing.backTo", { version: published.before })}
            </Button>
          )}
          <span className="flex-1" />
          <Button tone="quiet" size="icon" aria-label={t("do.close")} onClick={() => onPublished(undefined)}>
            <X />
          </Button>
        </div>
      )}
      {reader && (
        <p className="flex w-full items-center gap-2 rounded bg-sunken px-3 py-1 text-[13px] text-soft" role="status">
          <Lock className="size-4" aria-hidden /> {t("access.readOnly")}
        </p>
      )}
      {newer && (
        <p
          className="flex w-full items-center gap-2 rounded bg-primary-soft px-3 py-1 text-[13px] text-primary"
          role="status"
        >
          <Users className="size-4" aria-hidden /> {t("drawing.newer")}
          <button type="button" className="font-medium underline" onClick={() => void draft.refresh()}>
            {t("drawing.takeNow")}
          </button>
        </p>
      )}
      {draft.merged > 0 && (
        <p className="w-full rounded bg-primary-soft px-3 py-1 text-[13px] text-primary" aria-live="polite">
          {t("editor.merged")} <Link to={`/flows/${flow.id}/versions`}>{t("flows.versions")}</Link>
        </p>
      )}
    </>
  );
}
