import { useQuery } from "@connectrpc/connect-query";
import { QueueService } from "@gen/flowdesk/v1/queue_service_pb";
import { PrioritySchema } from "@gen/flowdesk/v1/types_pb";
import { enumLabel } from "@/api/labels";
import { useText } from "@/i18n";
import { because, word } from "@/i18n/reasons";
import { Id } from "@/parts/id";
import { GroupLink, InstanceLink, WhyLink } from "@/parts/links";
import { Facts } from "@/parts/page";
import { Failure, Skeleton } from "@/parts/states";
import { CommandStateChip } from "@/parts/status";
import { Time } from "@/parts/time";
import { useTitles } from "@/parts/titles";
import { Dialog } from "@/ui/dialog";
import { CommandMenu } from "./actions";
import { Why } from "./why";

/** CommandPanel shows one command beside the list: its text, where it stands, and every attempt. */
export function CommandPanel({ id, onClose }: { id: string; onClose: () => void }) {
  const { t, lang } = useText();
  const titles = useTitles();
  const { data, error, refetch } = useQuery(
    QueueService.method.getCommand,
    { name: `commands/${id}` },
    { enabled: id !== "" },
  );
  const command = data?.command;
  return (
    <Dialog
      sheet
      open={id !== ""}
      onClose={onClose}
      title={t("word.command")}
      footer={command && <CommandMenu command={command} />}
    >
      {error ? (
        <Failure error={error} onRetry={refetch} />
      ) : !command ? (
        <Skeleton />
      ) : (
        <div className="flex flex-col gap-4">
          <blockquote className="rounded-card border bg-sunken px-3 py-2 whitespace-pre-wrap">
            {command.text}
          </blockquote>
          <Facts
            facts={[
              [t("word.state"), <CommandStateChip key="s" state={command.state} />],
              [
                t("word.group"),
                <GroupLink key="g" session={command.targetSession}>
                  {command.targetName || titles.group(command.targetSession)}
                </GroupLink>,
              ],
              [t("word.robot"), command.robot && titles.robot(command.robot)],
              [t("word.priority"), enumLabel(PrioritySchema, command.priority, lang)],
              [
                t("commands.due"),
                <span key="d">
                  <Time at={command.sendTime} seconds />
                  <Why command={command} />
                </span>,
              ],
              [t("commands.sent"), command.sentTime && <Time key="t" at={command.sentTime} seconds />],
              [t("commands.done"), command.doneTime && <Time key="e" at={command.doneTime} seconds />],
              [
                t("word.why"),
                command.message && (
                  <WhyLink key="w" message={command.message}>
                    {t("why.said")}
                  </WhyLink>
                ),
              ],
              [
                t("commands.replyTo"),
                command.replyTo && (
                  <WhyLink key="r" message={command.replyTo}>
                    {t("why.open")}
                  </WhyLink>
                ),
              ],
              [
                t("word.instance"),
                command.instance && (
                  <InstanceLink key="i" instance={command.instance}>
                    {t("do.open")}
                  </InstanceLink>
                ),
              ],
              [t("word.id"), <Id key="id" value={command.id} />],
              [t("commands.platform"), command.platformMessage && <Id key="p" value={command.platformMessage} />],
            ]}
          />
          {command.edits.length > 0 && (
            <section>
              <h3 className="mb-2 font-semibold">{t("commands.edits")}</h3>
              <ol className="flex flex-col gap-2">
                {command.edits.map((edit) => (
                  <li key={edit.event} className="flex flex-col gap-1 rounded-card border px-3 py-2">
                    <div className="flex flex-wrap items-center gap-3">
                      <span className="font-medium">{edit.actor}</span>
                      <Time at={edit.time} seconds />
                      {edit.reason && <span className="text-soft">{edit.reason}</span>}
                    </div>
                    <del className="whitespace-pre-wrap text-soft">{edit.before}</del>
                    <ins className="whitespace-pre-wrap no-underline">{edit.text}</ins>
                  </li>
                ))}
              </ol>
            </section>
          )}
          {command.attemptLog.length > 0 && (
            <section>
              <h3 className="mb-2 font-semibold">{t("commands.attempts")}</h3>
              <ol className="flex flex-col gap-2">
                {command.attemptLog.map((attempt) => (
                  <li key={attempt.number} className="rounded-card border px-3 py-2">
                    <div className="flex flex-wrap items-center gap-3">
                      <span className="font-medium">{t("commands.attempt", { number: attempt.number })}</span>
                      <CommandStateChip state={attempt.state} />
                      <Time at={attempt.sentTime} seconds />
                      <span className="text-soft">{titles.robot(attempt.robot)}</span>
                    </div>
                    {(attempt.reason || attempt.proof) && (
                      <div className="text-xs text-faint">
                        {[because(attempt.reason, lang), word(attempt.proof, lang)].filter(Boolean).join(" · ")}
                      </div>
                    )}
                  </li>
                ))}
              </ol>
            </section>
          )}
        </div>
      )}
    </Dialog>
  );
}
