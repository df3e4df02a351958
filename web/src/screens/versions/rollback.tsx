import { useQuery } from "@connectrpc/connect-query";
import { FlowService, OpenInstances } from "@gen/flowdesk/v1/flow_service_pb";
import type { FlowVersion } from "@gen/flowdesk/v1/resource_flow_pb";
import { useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useText } from "@/i18n";
import { Changes } from "@/parts/changes";
import { Confirm } from "@/parts/confirm";
import { rollBack } from "@/parts/rollback";
import { Failure, Skeleton } from "@/parts/states";
import { Field, Textarea } from "@/ui/field";

/** Rollback shows what going back changes, and asks what becomes of instances that still run on what is live. */
export function Rollback({
  name,
  active,
  version,
  onClose,
}: {
  name: string;
  /** The version that is live, 0 for none. */
  active: number;
  version: FlowVersion;
  onClose: () => void;
}) {
  const { t } = useText();
  const queries = useQueryClient();
  // What is asked stays as it was asked while it is done.
  const [live] = useState(active);
  const [done, setDone] = useState(false);
  const [draft, setDraft] = useState(false);
  const [cancel, setCancel] = useState(false);
  const [note, setNote] = useState("");
  const [progress, setProgress] = useState("");
  // What going back changes, seen from what is live now.
  const { data, error: unread } = useQuery(
    FlowService.method.compareFlowVersions,
    { name, fromVersion: live, toVersion: version.version },
    { enabled: live > 0 },
  );
  // Whether it can be done, as which version, and what still runs.
  const { data: dry, error: refused } = useQuery(
    FlowService.method.rollbackFlow,
    { name, version: version.version, validateOnly: true },
    { enabled: !done, staleTime: 0, gcTime: 0 },
  );
  const comparison = data?.comparison;
  const open = dry && !dry.unchanged ? Number(dry.remainingInstances) : 0;
  const confirm = () =>
    rollBack(
      t,
      {
        name,
        version: version.version,
        restoreDraft: draft,
        note,
        openInstances: cancel ? OpenInstances.CANCEL : OpenInstances.FINISH,
      },
      () => {
        setDone(true);
        return queries.invalidateQueries();
      },
      (cancelled, left) => setProgress(t("versions.cancelling", { cancelled, left })),
    );
  return (
    <Confirm
      open
      stay
      onClose={onClose}
      title={`${t("versions.rollback")} · v${version.version}`}
      verb={t("versions.rollback")}
      danger={cancel && open > 0}
      disabled={!dry || (dry.unchanged && !draft)}
      onConfirm={confirm}
    >
      {dry && (
        <p className="text-soft">
          {dry.unchanged ? (
            t("versions.rolledBackSame", { version: live })
          ) : (
            <>
              {t("versions.rollbackAsk", { version: version.version, next: dry.flowVersion?.version })}
              {live > 0 && t("versions.rollbackBack", { live })}
            </>
          )}
        </p>
      )}
      {refused && <Failure error={refused} />}
      {comparison ? (
        <div className="max-h-[30dvh] overflow-y-auto">
          <Changes comparison={comparison} />
        </div>
      ) : (
        live > 0 && !unread && <Skeleton rows={2} />
      )}
      {live > 0 && dry && !dry.unchanged && open === 0 && (
        <p className="text-soft">{t("versions.openNone", { live })}</p>
      )}
      {open > 0 && (
        <fieldset className="flex flex-col gap-1.5 rounded-card border px-3 py-2">
          <legend className="px-1 font-medium">{t("versions.openTitle", { count: open, live })}</legend>
          <label className="flex items-center gap-2">
            <input type="radio" name="open" checked={!cancel} onChange={() => setCancel(false)} />
            {t("versions.openFinish", { live })}
          </label>
          <label className="flex items-start gap-2">
            <input type="radio" name="open" className="mt-1" checked={cancel} onChange={() => setCancel(true)} />
            <span>
              {t("versions.openCancel")}
              <span className="block text-[13px] text-soft">{t("versions.openCancelHint")}</span>
            </span>
          </label>
        </fieldset>
      )}
      <Field label={t("versions.rollbackNote")}>
        {(p) => <Textarea {...p} rows={2} maxLength={2000} value={note} onChange={(e) => setNote(e.target.value)} />}
      </Field>
      <label className="flex items-start gap-2">
        <input type="checkbox" className="mt-1" checked={draft} onChange={(e) => setDraft(e.target.checked)} />
        <span>{t("versions.rollbackDraft")}</span>
      </label>
      <p aria-live="polite" className="text-soft empty:hidden">
        {progress}
      </p>
    </Confirm>
  );
}
