import { useQuery } from "@connectrpc/connect-query";
import { type ModelProvider, ModelService } from "@gen/flowdesk/v1/model_service_pb";
import { useState } from "react";
import { client } from "@/api/transport";
import { useText } from "@/i18n";
import { useAct } from "@/parts/act";
import { Confirm } from "@/parts/confirm";
import { Field, Input, Select } from "@/ui/field";
import { micros, plainYuan } from "./figures";

const named = /^[a-z0-9][a-z0-9_-]{0,40}$/;
const generic = "generic";

/** split takes a list apart that people typed, with commas of either width. */
const split = (text: string) =>
  text
    .split(/[,，、\s]+/)
    .map((part) => part.trim())
    .filter(Boolean);

/** ProviderForm makes or changes a provider of models. Its key goes in and never comes out again. */
export function ProviderForm({ provider, onClose }: { provider?: ModelProvider | undefined; onClose: () => void }) {
  const { t } = useText();
  const act = useAct();
  const presets = useQuery(ModelService.method.listModelPresets, {}).data?.modelPresets ?? [];
  const [name, setName] = useState(provider?.id ?? "");
  const [preset, setPreset] = useState(provider?.preset || generic);
  const [base, setBase] = useState(provider?.baseUri ?? "");
  const [model, setModel] = useState(provider?.model ?? "");
  const [key, setKey] = useState("");
  const [uses, setUses] = useState(provider ? provider.uses.join(", ") : "*");
  const [rank, setRank] = useState(String(provider?.rank ?? 0));
  const [input, setInput] = useState(plainYuan(provider?.inputPriceMicros));
  const [output, setOutput] = useState(plainYuan(provider?.outputPriceMicros));
  const known = presets.find((p) => p.id === preset);
  const choose = (id: string) => {
    const next = presets.find((p) => p.id === id);
    setPreset(id);
    setBase(next?.baseUri ?? "");
    if (!provider) setModel(next?.models[0] ?? "");
    if (!provider && (!name || presets.some((p) => p.id === name))) setName(id === generic ? "" : id);
  };
  const save = () =>
    act(
      client(ModelService).putModelProvider({
        modelProvider: {
          name: `modelProviders/${name}`,
          preset,
          baseUri: base.trim(),
          model: model.trim(),
          uses: split(uses),
          rank: Number(rank) || 0,
          inputPriceMicros: micros(input),
          outputPriceMicros: micros(output),
          etag: provider?.etag ?? "",
        },
        key,
      }),
      t("providers.saved"),
    );
  const secret = { autoComplete: "new-password", spellCheck: false, autoCapitalize: "none" } as const;
  return (
    <Confirm
      open
      onClose={onClose}
      title={provider ? `${t("providers.edit")} · ${provider.id}` : t("providers.add")}
      verb={t("do.save")}
      disabled={!named.test(name) || !base.trim() || !model.trim()}
      onConfirm={save}
    >
      <Field label={t("providers.preset")}>
        {(p) => (
          <Select {...p} value={preset} onChange={(e) => choose(e.target.value)}>
            {presets.map(({ id }) => (
              <option key={id} value={id}>
                {id === generic ? t("providers.generic") : id}
              </option>
            ))}
          </Select>
        )}
      </Field>
      {!provider && (
        <Field label={t("providers.name")} help={t("providers.nameHelp")}>
          {(p) => <Input {...p} {...secret} value={name} onChange={(e) => setName(e.target.value.trim())} />}
        </Field>
      )}
      <Field label={t("providers.base")} help={t("providers.baseHelp")}>
        {(p) => <Input {...p} {...secret} inputMode="url" value={base} onChange={(e) => setBase(e.target.value)} />}
      </Field>
      <Field label={t("providers.model")} help={t("providers.modelHelp")}>
        {(p) => (
          <>
            <Input {...p} {...secret} list="models" value={model} onChange={(e) => setModel(e.target.value)} />
            <datalist id="models">
              {known?.models.map((m) => (
                <option key={m} value={m} />
              ))}
            </datalist>
          </>
        )}
      </Field>
      <Field
        label={t("providers.key")}
        help={
          provider?.hasKey ? t("providers.keyKeep") : known?.noKey ? t("providers.keyNone") : t("providers.keyHelp")
        }
      >
        {(p) => (
          <Input {...p} {...secret} type="password" value={key} onChange={(e) => setKey(e.target.value.trim())} />
        )}
      </Field>
      <div className="grid gap-3 sm:grid-cols-[1fr_6rem]">
        <Field label={t("providers.uses")} help={t("providers.usesHelp")}>
          {(p) => <Input {...p} {...secret} value={uses} onChange={(e) => setUses(e.target.value)} />}
        </Field>
        <Field label={t("providers.rank")} help={t("providers.rankHelp")}>
          {(p) => (
            <Input {...p} type="number" min={0} max={1000} value={rank} onChange={(e) => setRank(e.target.value)} />
          )}
        </Field>
      </div>
      <div className="grid gap-3 sm:grid-cols-2">
        <Field label={t("providers.inputPrice")} help={t("providers.priceHelp")}>
          {(p) => <Input {...p} inputMode="decimal" value={input} onChange={(e) => setInput(e.target.value)} />}
        </Field>
        <Field label={t("providers.outputPrice")}>
          {(p) => <Input {...p} inputMode="decimal" value={output} onChange={(e) => setOutput(e.target.value)} />}
        </Field>
      </div>
    </Confirm>
  );
}
