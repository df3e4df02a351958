import { AccessRoleSchema, type AuditRecord } from "@gen/flowdesk/v1/resource_access_pb";
import { enumLabel } from "@/api/labels";
import { useText } from "@/i18n";
import { because } from "@/i18n/reasons";
import { doneWords } from "@/i18n/texts/done";
import { Id } from "@/parts/id";
import { Facts } from "@/parts/page";
import { Snippet } from "@/parts/snippet";
import { Empty } from "@/parts/states";
import { Thing } from "@/parts/thing";
import { Time } from "@/parts/time";
import { Dialog } from "@/ui/dialog";
import { differences, pretty, titleOf } from "./differ";
import { Outcome } from "./outcome";

/** AuditPanel shows one record beside the list: what was asked for, and the resource before and after. */
export function AuditPanel({
  record,
  actor,
  onClose,
}: {
  record: AuditRecord | undefined;
  actor: (name: string) => string;
  onClose: () => void;
}) {
  const { t, lang } = useText();
  return (
    <Dialog sheet open onClose={onClose} title={record ? doneWords(record.method, lang) : t("word.details")}>
      {!record ? (
        <Empty title={t("audit.gone")} />
      ) : (
        <div className="flex flex-col gap-5">
          <Facts
            facts={[
              [t("word.time"), <Time key="t" at={record.time} seconds />],
              [t("audit.actor"), `${actor(record.actor)} (${record.actor})`],
              [t("word.role"), enumLabel(AccessRoleSchema, record.role, lang)],
              [
                t("audit.resource"),
                record.resource && <Thing key="w" name={record.resource} title={titleOf(record)} />,
              ],
              [t("word.name"), record.resource && <Id key="r" value={record.resource} />],
              [t("audit.outcome"), <Outcome key="o" record={record} />],
              [t("word.reason"), because(record.reason, lang)],
              [
                t("audit.call"),
                <code key="m" className="font-mono text-xs">
                  {record.method}
                </code>,
              ],
              [t("audit.address"), record.address],
              [t("audit.requestId"), record.requestId && <Id key="i" value={record.requestId} />],
            ]}
          />
          <Changed record={record} />
          <section className="flex flex-col gap-2">
            <h3 className="font-semibold">{t("audit.request")}</h3>
            <Snippet label={t("audit.request")} text={pretty(record.request) || "{}"} />
          </section>
          {(record.before || record.after) && (
            <details>
              <summary className="cursor-pointer font-semibold">{t("audit.raw")}</summary>
              <div className="mt-2 flex flex-col gap-3">
                {(["before", "after"] as const).map((side) => (
                  <section key={side} className="flex flex-col gap-1">
                    <h4 className="text-soft">{t(`audit.${side}`)}</h4>
                    <Snippet label={t(`audit.${side}`)} text={pretty(record[side]) || t("audit.none")} />
                  </section>
                ))}
              </div>
            </details>
          )}
        </div>
      )}
    </Dialog>
  );
}

function Changed({ record }: { record: AuditRecord }) {
  const { t } = useText();
  if (!record.before && !record.after) return null;
  const changes = differences(record.before, record.after);
  return (
    <section>
      <h3 className="mb-2 font-semibold">{t("audit.changes")}</h3>
      {changes.length === 0 ? (
        <p className="text-soft">{t("audit.noChanges")}</p>
      ) : (
        <dl className="flex flex-col gap-2">
          {changes.map((d) => (
            <div key={d.path}>
              <dt className="font-mono text-xs text-faint">{d.path || "—"}</dt>
              <dd className="grid gap-1 text-[13px] md:grid-cols-2">
                <del className="rounded bg-bad/10 px-2 py-0.5 whitespace-pre-wrap no-underline">
                  <span className="sr-only">{t("audit.before")} </span>
                  {d.before || "—"}
                </del>
                <ins className="rounded bg-ok/10 px-2 py-0.5 whitespace-pre-wrap no-underline">
                  <span className="sr-only">{t("audit.after")} </span>
                  {d.after || "—"}
                </ins>
              </dd>
            </div>
          ))}
        </dl>
      )}
    </section>
  );
}
