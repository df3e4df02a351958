import { useQuery } from "@connectrpc/connect-query";
import { AlertService } from "@gen/flowdesk/v1/alert_service_pb";
import { AlertCategorySchema } from "@gen/flowdesk/v1/types_pb";
import { enumLabel } from "@/api/labels";
import { useText } from "@/i18n";
import { because, headline } from "@/i18n/reasons";
import { Id } from "@/parts/id";
import { GroupLink, InstanceLink } from "@/parts/links";
import { Facts } from "@/parts/page";
import { Quote } from "@/parts/quote";
import { Failure, Skeleton } from "@/parts/states";
import { AlertStateChip, Level } from "@/parts/status";
import { Time } from "@/parts/time";
import { useTitles } from "@/parts/titles";
import { Dialog } from "@/ui/dialog";
import { AlertMenu } from "./actions";

const changes = [
  "raised",
  "joined",
  "answered",
  "escalated",
  "acknowledged",
  "assigned",
  "silenced",
  "resolved",
  "cancelled",
] as const;
const changed = (name: string): name is (typeof changes)[number] => changes.some((c) => c === name);

/** AlertPanel shows one alert beside the list, with all that happened to it. */
export function AlertPanel({ id, onClose }: { id: string; onClose: () => void }) {
  const { t, lang } = useText();
  const titles = useTitles();
  const { data, error, refetch } = useQuery(
    AlertService.method.getAlert,
    { name: `alerts/${id}` },
    { enabled: id !== "" },
  );
  const alert = data?.alert;
  return (
    <Dialog
      sheet
      open={id !== ""}
      onClose={onClose}
      title={t("word.alert")}
      footer={alert && <AlertMenu alert={alert} />}
    >
      {error ? (
        <Failure error={error} onRetry={refetch} />
      ) : !alert ? (
        <Skeleton />
      ) : (
        <div className="flex flex-col gap-4">
          <blockquote className="rounded-card border bg-sunken px-3 py-2">{headline(alert.text, lang)}</blockquote>
          <Facts
            facts={[
              [t("word.level"), <Level key="l" level={alert.level} />],
              [t("word.state"), <AlertStateChip key="s" state={alert.state} cancelled={alert.autoCancelled} />],
              [t("word.category"), enumLabel(AlertCategorySchema, alert.category, lang)],
              [
                t("word.group"),
                <GroupLink key="g" session={alert.session}>
                  {titles.group(alert.session)}
                </GroupLink>,
              ],
              [t("alerts.about"), alert.participantName],
              [t("word.count"), alert.count],
              [t("word.assignee"), alert.assignee && titles.person(alert.assignee)],
              [t("alerts.silencedUntil"), alert.silencedUntil && <Time key="u" at={alert.silencedUntil} />],
              [t("word.reason"), because(alert.reason, lang)],
              [t("word.message"), alert.message && <Quote key="m" message={alert.message} />],
              [
                t("word.instance"),
                alert.instance && (
                  <InstanceLink key="i" instance={alert.instance}>
                    {t("do.open")}
                  </InstanceLink>
                ),
              ],
              [t("word.created"), <Time key="c" at={alert.createTime} seconds />],
              [t("word.id"), <Id key="id" value={alert.id} />],
            ]}
          />
          <section>
            <h3 className="mb-2 font-semibold">{t("word.history")}</h3>
            <ol className="flex flex-col gap-2 border-l pl-4">
              {alert.history.map((change, i) => (
                // biome-ignore lint/suspicious/noArrayIndexKey: history only grows
                <li key={i} className="flex flex-wrap items-center gap-x-3">
                  <Time at={change.time} seconds />
                  <Level level={change.level} />
                  <span>{changed(change.change) ? t(`alerts.change.${change.change}`) : change.change}</span>
                  <span className="text-soft">
                    {[change.actor && titles.person(change.actor), because(change.reason, lang)]
                      .filter(Boolean)
                      .join(" · ")}
                  </span>
                </li>
              ))}
            </ol>
          </section>
        </div>
      )}
    </Dialog>
  );
}
