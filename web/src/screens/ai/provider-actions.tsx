import {
  type ModelProvider,
  ModelService,
  ModelTestOutcome,
  type TestModelProviderResponse,
} from "@gen/flowdesk/v1/model_service_pb";
import { CircleCheck, CircleX, FlaskConical, Pencil, Trash2 } from "lucide-react";
import { useState } from "react";
import { client } from "@/api/transport";
import { useText } from "@/i18n";
import { useAct } from "@/parts/act";
import { Confirm } from "@/parts/confirm";
import { useGate } from "@/parts/gate";
import { Failure } from "@/parts/states";
import { Status } from "@/parts/status";
import { Button } from "@/ui/button";
import { whole, yuan } from "./figures";
import { ProviderForm } from "./provider-form";

/** ProviderActions tests, changes and deletes a provider. One of the configuration file can be tested only. */
export function ProviderActions({ provider }: { provider: ModelProvider }) {
  const { t } = useText();
  const act = useAct();
  const testing = useGate(ModelService.method.testModelProvider);
  const changing = useGate(ModelService.method.putModelProvider);
  const [open, setOpen] = useState<"edit" | "remove">();
  const [busy, setBusy] = useState(false);
  const [result, setResult] = useState<TestModelProviderResponse>();
  const [error, setError] = useState<unknown>();
  const test = async () => {
    setBusy(true);
    setError(undefined);
    setResult(undefined);
    try {
      setResult(await client(ModelService).testModelProvider({ name: provider.name }));
    } catch (failure) {
      setError(failure);
    } finally {
      setBusy(false);
    }
  };
  return (
    <div className="flex flex-col gap-2 border-t pt-3">
      <div className="flex flex-wrap items-center gap-2">
        <Button size="small" {...testing} disabled={testing.disabled || busy} onClick={() => void test()}>
          <FlaskConical /> {t(busy ? "providers.testing" : "providers.test")}
        </Button>
        {provider.managed ? (
          <>
            <Button size="small" {...changing} onClick={() => setOpen("edit")}>
              <Pencil /> {t("providers.edit")}
            </Button>
            <Button tone="quiet" size="small" {...changing} onClick={() => setOpen("remove")}>
              <Trash2 /> {t("providers.remove")}
            </Button>
          </>
        ) : (
          <span className="text-[13px] text-faint" title={t("providers.fromFileHint")}>
            {t("providers.fromFile")}
          </span>
        )}
      </div>
      <div role="status" className="empty:hidden">
        {result && <Result result={result} />}
      </div>
      {error !== undefined && <Failure error={error} />}
      {open === "edit" && <ProviderForm provider={provider} onClose={() => setOpen(undefined)} />}
      {open === "remove" && (
        <Confirm
          open
          onClose={() => setOpen(undefined)}
          title={`${t("providers.remove")} · ${provider.id}`}
          verb={t("providers.remove")}
          danger
          onConfirm={() =>
            act(
              client(ModelService).deleteModelProvider({ name: provider.name, etag: provider.etag }),
              t("providers.removed"),
            )
          }
        >
          <p className="text-soft">{t("providers.removeAsk")}</p>
        </Confirm>
      )}
    </div>
  );
}

function Result({ result }: { result: TestModelProviderResponse }) {
  const { t, lang } = useText();
  const ok = result.outcome === ModelTestOutcome.OK;
  const name = (ModelTestOutcome[result.outcome] ?? "UNSPECIFIED") as keyof typeof ModelTestOutcome;
  return (
    <div className="flex flex-col gap-1 rounded-control bg-sunken px-3 py-2 text-[13px]">
      <Status tone={ok ? "ok" : "bad"} icon={ok ? CircleCheck : CircleX}>
        {t(`providers.outcome.${name}`)}
      </Status>
      {ok && <span>{t("providers.answered", { answer: result.answer })}</span>}
      {result.detail && <span className="break-words text-soft">{result.detail}</span>}
      {ok && result.tokens > 0n && (
        <span className="text-faint">
          {t("providers.took", { seconds: result.seconds.toFixed(1), tokens: whole(result.tokens, lang) })}
          {result.costMicros > 0n && ` · ${t("providers.cost", { cost: yuan(result.costMicros, lang) })}`}
        </span>
      )}
    </div>
  );
}
