import { create } from "@bufbuild/protobuf";
import { DiagnosticSchema } from "@gen/flowdesk/v1/resource_flow_pb";
import { type Settings, SettingsSchema } from "@gen/flowdesk/v1/resource_settings_pb";
import { SettingsService } from "@gen/flowdesk/v1/settings_service_pb";
import { Save, Search } from "lucide-react";
import { useEffect, useMemo, useRef, useState } from "react";
import { Link, useNavigate, useSearchParams } from "react-router";
import { problem } from "@/api/problem";
import { FormSurroundings } from "@/forms/context";
import { isTorn } from "@/forms/day";
import { MessageForm } from "@/forms/message-form";
import { specOf } from "@/graph/kinds";
import { joined, useText } from "@/i18n";
import { useGate } from "@/parts/gate";
import { Page } from "@/parts/page";
import { Empty, Failure, Skeleton } from "@/parts/states";
import { toast } from "@/parts/toast";
import { Button } from "@/ui/button";
import { Card } from "@/ui/card";
import { cn } from "@/ui/cn";
import { Input, Select } from "@/ui/field";
import { type Finder, useFinder } from "@/ui/finder";
import { Broken } from "./broken";
import { ConflictCard, labelOf } from "./conflict";
import { useDraft } from "./draft";
import { fields } from "./rebase";
import { sections } from "./sections";
import { SettingsTabs } from "./tabs";

export default function SettingsScreen() {
  const { t, lang } = useText();
  const draft = useDraft();
  const gate = useGate(SettingsService.method.updateSettings);
  const navigate = useNavigate();
  const [query, setQuery] = useState("");
  const [params] = useSearchParams();
  const key = params.get("section");
  const section = sections.find((s) => s.key === key) ?? sections[0];
  const finds = useFinder(query);
  const found = useMemo(() => find(query, finds), [query, finds]);
  const names = query ? found : (section?.fields ?? []);
  const save = async () => {
    if (await draft.save()) toast(t("settings.saved"));
  };
  const unsaved = draft.changed.length;
  const torn = draft.value !== undefined && draft.changed.includes("delay_rules") && isTorn(draft.value.delayRules);
  const trouble = useRef<HTMLDivElement>(null);
  const troubled = Boolean(draft.error) || draft.conflict !== undefined;
  useEffect(() => {
    if (troubled) trouble.current?.scrollIntoView({ block: "center" });
  }, [troubled]);
  useEffect(() => {
    if (unsaved === 0) return;
    const warn = (e: BeforeUnloadEvent) => e.preventDefault();
    window.addEventListener("beforeunload", warn);
    return () => window.removeEventListener("beforeunload", warn);
  }, [unsaved]);
  return (
    <Page title={t("nav.settings")} intro={t("settings.intro")}>
      <SettingsTabs />
      {troubled && (
        <div ref={trouble} className="flex flex-col gap-4">
          {draft.error !== undefined && draft.error !== null && (
            <div>
              <Failure error={draft.error} onRetry={draft.value ? undefined : draft.reload} />
              <Broken error={draft.error} />
            </div>
          )}
          {draft.conflict && draft.value && (
            <ConflictCard
              conflict={draft.conflict}
              mine={draft.value}
              onTheirs={draft.takeTheirs}
              onDone={draft.keepMine}
            />
          )}
        </div>
      )}
      <div className="grid items-start gap-4 md:grid-cols-[12rem_1fr]">
        <nav aria-label={t("settings.parts")} className="flex flex-col gap-2 md:sticky md:top-4">
          <div className="relative">
            <Search
              className="pointer-events-none absolute top-1/2 left-2 size-4 -translate-y-1/2 text-faint"
              aria-hidden
            />
            <Input
              type="search"
              className="pl-7"
              aria-label={t("settings.search")}
              placeholder={t("settings.search")}
              value={query}
              onChange={(e) => setQuery(e.target.value)}
            />
          </div>
          <Select
            aria-label={t("settings.parts")}
            className="w-full md:hidden"
            value={section?.key}
            onChange={(e) => navigate(`/settings?section=${e.target.value}`)}
          >
            {sections.map((s) => (
              <option key={s.key} value={s.key}>
                {t(`settings.sections.${s.key}`)}
              </option>
            ))}
          </Select>
          <ul className="flex flex-col max-md:hidden">
            {sections.map((s) => (
              <li key={s.key}>
                <Link
                  to={`/settings?section=${s.key}`}
                  onClick={() => setQuery("")}
                  aria-current={!query && s === section ? "page" : undefined}
                  className={cn(
                    "flex h-9 items-center justify-between rounded-control px-2.5 text-soft hover:bg-sunken hover:text-ink",
                    !query && s === section && "bg-primary-soft font-medium text-primary",
                  )}
                >
                  {t(`settings.sections.${s.key}`)}
                  {s.fields.some((f) => draft.changed.includes(f)) && (
                    <span className="text-warn" title={t("form.unsaved")}>
                      ●<span className="sr-only">{t("form.unsaved")}</span>
                    </span>
                  )}
                </Link>
              </li>
            ))}
          </ul>
        </nav>
        <Card
          title={
            query ? t("settings.found", { count: names.length }) : section && t(`settings.sections.${section.key}`)
          }
        >
          {!draft.value ? (
            draft.error ? null : (
              <Skeleton />
            )
          ) : names.length === 0 ? (
            <Empty title={t("list.noMatch")} />
          ) : (
            <SectionForm
              names={names}
              value={draft.value}
              changed={draft.changed}
              error={draft.error}
              onChange={draft.edit}
            />
          )}
        </Card>
      </div>
      {unsaved > 0 && (
        <section
          aria-live="polite"
          className="sticky bottom-4 z-20 flex flex-wrap items-center gap-3 rounded-card border bg-surface px-4 py-3 shadow-lg"
        >
          <p className="min-w-0 flex-1">
            <span className="font-medium text-warn">● {t("settings.unsaved", { count: unsaved })}</span>{" "}
            <span className="text-soft">
              {joined(
                draft.changed.slice(0, 4).map((name) => labelOf(name, lang)),
                lang,
              )}
              {unsaved > 4 && "…"}
              {draft.restored && ` · ${t("settings.restored")}`}
            </span>
            {torn && <span className="block text-bad">{t("settings.torn")}</span>}
          </p>
          <Button onClick={draft.discard}>{t("settings.discard")}</Button>
          <Button
            tone="primary"
            title={gate.title}
            disabled={gate.disabled || draft.saving || torn}
            onClick={() => void save()}
          >
            <Save /> {t("settings.save")}
          </Button>
        </section>
      )}
    </Page>
  );
}

// find names the settings whose name, label or help says the text, or whose label sounds so.
function find(text: string, finds: Finder): string[] {
  if (!text.trim()) return [];
  return fields
    .filter((f) => {
      const spec = specOf(f);
      return finds(spec?.label?.zh ?? "", [f.name, spec?.label?.en, spec?.help?.zh, spec?.help?.en].join(" "));
    })
    .map((f) => f.name);
}

function SectionForm({
  names,
  value,
  changed,
  error,
  onChange,
}: {
  names: readonly string[];
  value: Settings;
  changed: string[];
  error: unknown;
  onChange: (next: Settings) => void;
}) {
  const desc = useMemo(
    () =>
      ({
        ...SettingsSchema,
        members: names.flatMap((name) => SettingsSchema.members.filter((m) => m.name === name)),
      }) as typeof SettingsSchema,
    [names],
  );
  const findings = useMemo(
    () =>
      error
        ? problem(error).fields.map((f) =>
            create(DiagnosticSchema, { field: f.field.replace(/^settings\./, ""), message: f.description }),
          )
        : [],
    [error],
  );
  return (
    <div className="max-w-3xl">
      <FormSurroundings.Provider
        value={{ findings, suggest: () => [], nodes: [], readOnly: false, changed: new Set(changed) }}
      >
        <MessageForm
          key={names.join()}
          desc={desc}
          value={value}
          path=""
          onChange={(next) => onChange(next as Settings)}
        />
      </FormSurroundings.Provider>
    </div>
  );
}
