import { useQuery } from "@connectrpc/connect-query";
import { type Derivation, DerivationOutcome, DerivationOutcomeSchema } from "@gen/flowdesk/v1/derivation_pb";
import { FlowService } from "@gen/flowdesk/v1/flow_service_pb";
import { RoleSchema } from "@gen/flowdesk/v1/types_pb";
import { enumLabel } from "@/api/labels";
import { pick, useText } from "@/i18n";
import { because, headline } from "@/i18n/reasons";
import { Card } from "@/ui/card";
import { cn } from "@/ui/cn";
import { Id } from "./id";
import { CommandLink, GroupLink, InstanceLink, WhyLink } from "./links";
import { Facts } from "./page";
import { CommandStateChip, Level, PresenceChip, Tag, TaskStateChip } from "./status";
import { Steps } from "./steps";
import { Time } from "./time";
import { lastPart, useTitles } from "./titles";
import { Understood } from "./understood";

const silent = [
  DerivationOutcome.SILENT,
  DerivationOutcome.NOT_SENT,
  DerivationOutcome.FAILED,
  DerivationOutcome.UNMATCHED,
];

/** DerivationView tells why: what was said or not, the rules that decided it, the path, and what came of it. */
export function DerivationView({ derivation }: { derivation: Derivation }) {
  const { t, lang } = useText();
  const titles = useTitles();
  const { message, instance } = derivation;
  // The version that ran names its ports; a draft has none.
  const definition = useQuery(
    FlowService.method.getFlowVersion,
    { name: `flows/${lastPart(instance?.flow ?? "")}/versions/${instance?.version ?? 0}` },
    { enabled: (instance?.version ?? 0) > 0, staleTime: Number.POSITIVE_INFINITY, retry: false },
  ).data?.flowVersion?.definition;
  const node = (id: string) => derivation.path.find((step) => step.node === id)?.title || id;
  return (
    <div className="grid gap-4 lg:grid-cols-[2fr_1fr]">
      <div className="flex min-w-0 flex-col gap-4">
        <Card>
          <p className="flex flex-wrap items-center gap-2 text-base">
            <span
              className={cn(
                "rounded px-2 font-medium",
                silent.includes(derivation.outcome) ? "bg-warn/15 text-ink" : "bg-ok/15 text-ink",
              )}
            >
              {enumLabel(DerivationOutcomeSchema, derivation.outcome, lang)}
            </span>
            {pick(derivation.summary, lang)}
          </p>
          {message && (
            <blockquote className="mt-3 rounded-card border bg-sunken px-3 py-2">
              <div className="text-xs text-faint">
                {message.senderName} · {enumLabel(RoleSchema, message.role, lang)} ·{" "}
                <Time at={message.receiveTime} seconds />
              </div>
              <div className="whitespace-pre-wrap">{message.text || message.rawText}</div>
            </blockquote>
          )}
        </Card>
        {derivation.guards.length > 0 && (
          <Card title={t("why.guards")}>
            <ul className="flex flex-col gap-2">
              {derivation.guards.map((guard, i) => (
                // biome-ignore lint/suspicious/noArrayIndexKey: guards keep their order
                <li key={i} className="flex flex-wrap items-baseline gap-2">
                  <Tag className={guard.stopped ? "bg-warn/15 text-ink" : undefined}>
                    {guard.stopped ? t("why.stopped") : t("why.passed")}
                  </Tag>
                  <span>{because(guard.reason, lang)}</span>
                  <span className="text-xs text-faint">
                    {[guard.node && node(guard.node), guard.rule].filter(Boolean).join(" · ")}
                  </span>
                </li>
              ))}
            </ul>
          </Card>
        )}
        {derivation.path.length > 0 && (
          <Card title={t("why.path")} flush>
            <Steps steps={derivation.path} nodes={definition?.nodes ?? []} />
          </Card>
        )}
      </div>
      <div className="flex min-w-0 flex-col gap-4">
        {derivation.commands.length > 0 && (
          <Card title={t("nav.commands")}>
            <ul className="flex flex-col gap-3">
              {derivation.commands.map((command) => (
                <li key={command.id}>
                  <CommandLink command={command.id}>{command.text}</CommandLink>
                  <div className="flex flex-wrap gap-3 text-xs">
                    <CommandStateChip state={command.state} />
                    <Time at={command.sendTime} />
                  </div>
                </li>
              ))}
            </ul>
          </Card>
        )}
        {derivation.tasks.length > 0 && (
          <Card title={t("nav.tasks")}>
            {derivation.tasks.map((task) => (
              <div key={task.id} className="flex flex-wrap items-center gap-2">
                {headline(task.title, lang)} <TaskStateChip state={task.state} />
              </div>
            ))}
          </Card>
        )}
        {derivation.alerts.length > 0 && (
          <Card title={t("nav.alerts")}>
            {derivation.alerts.map((alert) => (
              <div key={alert.id} className="flex flex-wrap items-center gap-2">
                <Level level={alert.level} /> {headline(alert.text, lang)}
              </div>
            ))}
          </Card>
        )}
        {derivation.understanding && (
          <Card title={t("ai.result")}>
            <Understood understanding={derivation.understanding} text={message?.text ?? ""} />
          </Card>
        )}
        <Card title={t("word.details")}>
          <Facts
            facts={[
              [
                t("word.group"),
                message && (
                  <GroupLink key="g" session={message.session}>
                    {titles.group(message.session)}
                  </GroupLink>
                ),
              ],
              [
                t("word.instance"),
                instance && (
                  <InstanceLink
                    key="i"
                    instance={instance.id}
                  >{`${definition?.title || lastPart(instance.flow)} v${instance.version}`}</InstanceLink>
                ),
              ],
              [
                t("why.answers"),
                derivation.answers.length > 0 &&
                  derivation.answers.map((a) => (
                    <WhyLink key={a.id} message={a.id}>
                      {a.text}
                    </WhyLink>
                  )),
              ],
              [t("why.source"), derivation.source],
              [t("why.model"), derivation.model],
              [t("why.delay"), because(derivation.delayReason, lang)],
              [t("why.sendTime"), derivation.sendTime && <Time key="st" at={derivation.sendTime} seconds />],
              [
                t("why.staff"),
                derivation.staff.length > 0 &&
                  derivation.staff.map((s) => (
                    <div key={s.person} className="flex gap-2">
                      {s.title} <PresenceChip presence={s.presence} />
                    </div>
                  )),
              ],
              [
                t("why.citations"),
                derivation.citations.length > 0 &&
                  derivation.citations.map((c) => (
                    <div key={c.source}>
                      {c.source} <span className="text-faint">{c.score.toFixed(2)}</span>
                    </div>
                  )),
              ],
              [t("why.environment"), derivation.environment && <Id key="e" value={derivation.environment} short />],
              [
                t("why.notes"),
                derivation.notes.length > 0 &&
                  derivation.notes.map((note) => <div key={note}>{because(note, lang)}</div>),
              ],
            ]}
          />
        </Card>
      </div>
    </div>
  );
}
