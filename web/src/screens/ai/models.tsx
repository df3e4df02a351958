import { timestampDate } from "@bufbuild/protobuf/wkt";
import { useQuery } from "@connectrpc/connect-query";
import { type ModelBudget, type ModelProvider, ModelService } from "@gen/flowdesk/v1/model_service_pb";
import { CircleCheck, CircleX, Clock, KeyRound, Plus, RefreshCw, TriangleAlert } from "lucide-react";
import { useState } from "react";
import { joined, useText } from "@/i18n";
import { useGate } from "@/parts/gate";
import { useHear } from "@/parts/hear";
import { Facts } from "@/parts/page";
import { Empty, Failure, Skeleton } from "@/parts/states";
import { Status } from "@/parts/status";
import { Time } from "@/parts/time";
import { Button } from "@/ui/button";
import { Card } from "@/ui/card";
import { whole, yuan } from "./figures";
import { ProviderActions } from "./provider-actions";
import { ProviderForm } from "./provider-form";

/** Models shows the configured providers and how they do. */
export function Models() {
  const { t } = useText();
  const { data, error, refetch } = useQuery(
    ModelService.method.listModelProviders,
    {},
    // A model that rests after failures comes back by time alone.
    { refetchInterval: useHear((): unknown => refetch(), 3_000, 15_000) },
  );
  const gate = useGate(ModelService.method.putModelProvider);
  const [adding, setAdding] = useState(false);
  if (error && !data) return <Failure error={error} onRetry={refetch} />;
  if (!data) return <Skeleton />;
  const add = (
    <Button tone="primary" {...gate} onClick={() => setAdding(true)}>
      <Plus /> {t("providers.add")}
    </Button>
  );
  const form = adding && <ProviderForm onClose={() => setAdding(false)} />;
  if (data.modelProviders.length === 0)
    return (
      <>
        <Empty title={t("models.empty")} hint={t("models.emptyHint")} action={add} />
        {form}
      </>
    );
  return (
    <div className="flex flex-col gap-4 pt-4">
      <div className="flex justify-end">{add}</div>
      {form}
      {error && <Failure error={error} onRetry={refetch} />}
      {data.budgets.length > 0 && (
        <Card title={t("models.budgets")}>
          <ul className="grid gap-4 md:grid-cols-2">
            {data.budgets.map((b) => (
              <Budget key={b.use} budget={b} />
            ))}
          </ul>
        </Card>
      )}
      <div className="grid gap-4 lg:grid-cols-2">
        {data.modelProviders.map((p) => (
          <Provider key={p.name} provider={p} />
        ))}
      </div>
    </div>
  );
}

function Provider({ provider: p }: { provider: ModelProvider }) {
  const { t, lang } = useText();
  return (
    <Card title={p.id} actions={<Health provider={p} />}>
      <Facts
        facts={[
          [t("models.model"), p.model],
          [
            t("models.uses"),
            joined(
              p.uses.map((u) => (u === "*" ? t("models.everyUse") : u)),
              lang,
            ) || t("word.none"),
          ],
          [t("models.address"), p.baseUri],
          [
            t("models.key"),
            <Status key="k" tone={p.hasKey ? "ok" : "warn"} icon={KeyRound}>
              {t(p.hasKey ? "models.keySet" : "models.keyMissing")}
            </Status>,
          ],
          [t("models.price"), t(p.priceKnown ? "models.priceKnown" : "models.priceUnknown")],
          [
            t("models.lastSuccess"),
            p.lastSuccessTime ? <Time key="s" at={p.lastSuccessTime} ago /> : t("models.never"),
          ],
          [
            t("models.lastError"),
            p.lastError && (
              <span key="e">
                <Time at={p.lastErrorTime} ago /> <span className="text-bad">{p.lastError}</span>
              </span>
            ),
          ],
        ]}
      />
      <div className="pt-3">
        <ProviderActions provider={p} />
      </div>
    </Card>
  );
}

function Health({ provider: p }: { provider: ModelProvider }) {
  const { t } = useText();
  if (p.shutOut)
    return (
      <Status tone="bad" icon={CircleX}>
        {t("models.shutOut")}
      </Status>
    );
  if (p.pausedUntil && timestampDate(p.pausedUntil).getTime() > Date.now())
    return (
      <span className="inline-flex items-center gap-1">
        <Status tone="warn" icon={Clock}>
          {t("models.paused")}
        </Status>
        <Time at={p.pausedUntil} seconds />
      </span>
    );
  if (p.breaker === "open")
    return (
      <Status tone="bad" icon={TriangleAlert}>
        {t("models.open")}
      </Status>
    );
  return p.breaker === "half-open" ? (
    <Status tone="warn" icon={RefreshCw}>
      {t("models.halfOpen")}
    </Status>
  ) : (
    <Status tone="ok" icon={CircleCheck}>
      {t("models.closed")}
    </Status>
  );
}

function Budget({ budget: b }: { budget: ModelBudget }) {
  const { t, lang } = useText();
  const use = b.use === "*" ? t("models.budgetAll") : b.use;
  return (
    <li className="flex flex-col gap-1">
      <span className="font-medium">{use}</span>
      {b.limitMicros > 0n && (
        <Bar
          label={use}
          spent={Number(b.spentMicros)}
          limit={Number(b.limitMicros)}
          text={t("models.budgetMoney", { spent: yuan(b.spentMicros, lang), limit: yuan(b.limitMicros, lang) })}
        />
      )}
      {b.limitTokens > 0n && (
        <Bar
          label={use}
          spent={Number(b.spentTokens)}
          limit={Number(b.limitTokens)}
          text={t("models.budgetTokens", { spent: whole(b.spentTokens, lang), limit: whole(b.limitTokens, lang) })}
        />
      )}
    </li>
  );
}

function Bar({ label, spent, limit, text }: { label: string; spent: number; limit: number; text: string }) {
  return (
    <div className="flex items-center gap-2">
      <meter
        className="h-2 min-w-0 flex-1"
        aria-label={label}
        min={0}
        max={limit}
        high={limit * 0.9}
        optimum={0}
        value={Math.min(spent, limit)}
      />
      <span className="text-[13px] whitespace-nowrap text-soft">{text}</span>
    </div>
  );
}
