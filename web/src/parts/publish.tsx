import { useQuery } from "@connectrpc/connect-query";
import { FlowService } from "@gen/flowdesk/v1/flow_service_pb";
import type { Flow } from "@gen/flowdesk/v1/resource_flow_pb";
import { Rocket, TriangleAlert } from "lucide-react";
import { useState } from "react";
import { client } from "@/api/transport";
import { useText } from "@/i18n";
import { Button } from "@/ui/button";
import { cn } from "@/ui/cn";
import { Dialog } from "@/ui/dialog";
import { Field, Textarea } from "@/ui/field";
import { by } from "./by";
import { Changes, noteOf } from "./changes";
import { PublishTests } from "./publish-tests";
import { rollBack } from "./rollback";
import { Failure, Skeleton } from "./states";
import { clean, useSuite } from "./suite";
import { Time } from "./time";
import { toast, toastFailure } from "./toast";

/** sayPublished tells that a version is live, and offers to go back to the one before; changed reads anew after that. */
export function sayPublished(
  t: ReturnType<typeof useText>["t"],
  flow: string,
  version: number,
  before: number,
  changed: () => Promise<unknown>,
) {
  const back = () => void rollBack(t, { name: flow, version: before }, changed).catch(toastFailure);
  toast(t("editor.published", { version }), before > 0 ? { label: t("do.undo"), run: back } : undefined);
}

/** Publish shows what will change before it does, how the test cases go on it, and why it cannot while there are errors. A draft that its cases do
 * not speak for is published only when the reader says so once more. It can be undone: the version before stays. */
export function Publish({
  flow,
  title,
  revision,
  errors = 0,
  warnings = [],
  checking = false,
  onPublished,
  onClose,
}: {
  flow: Flow;
  title: string;
  /** Revision of the draft that the reader saw. */
  revision: bigint;
  /** Errors of the draft: with any it is not published. */
  errors?: number;
  /** What the compiler warns of, in words: it does not keep the draft from being published. */
  warnings?: string[];
  checking?: boolean;
  /** Told the new version, and the one that was live before it, 0 for none; reads anew what there is to read. */
  onPublished: (version: number, before: number) => Promise<unknown>;
  onClose: () => void;
}) {
  const { t, lang } = useText();
  const [note, setNote] = useState<string>();
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<unknown>();
  const { suite, skip, again } = useSuite(flow.name, revision, errors === 0 && !checking);
  const [consent, setConsent] = useState<unknown>(); // what the reader agreed to: another end of the tests is asked about anew
  const ended = suite !== undefined && suite.state !== "running";
  const asks = ended && !clean(suite) && consent !== suite;
  const why =
    errors > 0 ? t("editor.publishErrors", { count: errors }) : ended ? asks && t("suite.asks") : t("suite.waits");
  const live = flow.activeVersion;
  const { data, error: unread } = useQuery(
    FlowService.method.compareFlowVersions,
    { name: flow.name, fromVersion: live, toVersion: 0 },
    { enabled: live > 0, staleTime: 0, gcTime: 0 },
  );
  const suggested = data?.comparison ? noteOf(data.comparison, lang) : "";
  const publish = async () => {
    setBusy(true);
    setError(undefined);
    try {
      const { flowVersion } = await client(FlowService).publishFlow({
        name: flow.name,
        note: note ?? suggested,
        revision,
      });
      await onPublished(flowVersion?.version ?? 0, live);
      onClose();
    } catch (failure) {
      setError(failure);
    } finally {
      setBusy(false);
    }
  };
  return (
    <Dialog
      open
      wide
      onClose={onClose}
      title={t("editor.publishTitle", { flow: title })}
      description={live > 0 ? t("editor.publishHint", { version: live }) : t("editor.publishFirst")}
      footer={
        <>
          {why && (
            <span id="publish-why" className={cn("mr-auto self-center", errors > 0 ? "text-bad" : "text-soft")}>
              {why}
            </span>
          )}
          <Button onClick={onClose}>{t("do.cancel")}</Button>
          <Button
            tone="primary"
            disabled={busy || Boolean(why) || checking}
            aria-describedby={why ? "publish-why" : undefined}
            onClick={() => void publish()}
          >
            <Rocket /> {ended && !clean(suite) ? t("suite.anyway") : t("editor.publish")}
          </Button>
        </>
      }
    >
      <div className="flex flex-col gap-4">
        {flow.draftChanged && flow.updateTime && (
          <p className="text-[13px] text-soft">
            {t("flows.edited")} <Time at={flow.updateTime} ago /> {by(flow.editor, flow.editorTitle)}
          </p>
        )}
        {live > 0 &&
          (unread ? (
            <Failure error={unread} />
          ) : data?.comparison ? (
            <Changes comparison={data.comparison} nodes={flow.definition?.nodes ?? []} />
          ) : (
            <Skeleton rows={3} />
          ))}
        {warnings.length > 0 && (
          <section className="rounded-card border border-warn/40 bg-warn/5 px-3 py-2 text-[13px]">
            <h3 className="flex items-center gap-1.5 font-medium">
              <TriangleAlert className="size-4 shrink-0 text-warn" aria-hidden />
              {t("editor.publishWarnings", { count: warnings.length })}
            </h3>
            <ul className="ml-6 list-disc">
              {warnings.map((warning) => (
                <li key={warning}>{warning}</li>
              ))}
            </ul>
          </section>
        )}
        {suite && (
          <PublishTests
            flow={flow.id}
            suite={suite}
            consent={consent === suite}
            onConsent={(given) => setConsent(given ? suite : undefined)}
            onSkip={skip}
            onAgain={again}
            onLeave={onClose}
          />
        )}
        <Field label={t("editor.versionNote")}>
          {(p) => (
            <Textarea
              {...p}
              rows={2}
              maxLength={2000}
              value={note ?? suggested}
              onChange={(e) => setNote(e.target.value)}
            />
          )}
        </Field>
        {error !== undefined && <Failure error={error} />}
      </div>
    </Dialog>
  );
}
