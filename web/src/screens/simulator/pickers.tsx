import type { Flow } from "@gen/flowdesk/v1/resource_flow_pb";
import { useText } from "@/i18n";
import { Select } from "@/ui/field";

/** Pickers choose what is tried: a flow, and of it what is live, the draft, or any version. */
export function Pickers({
  flows,
  flow,
  version,
  onChoose,
}: {
  flows: Flow[];
  flow: string;
  version: string;
  onChoose: (params: Record<string, string>) => void;
}) {
  const { t } = useText();
  const chosen = flows.find((f) => f.id === flow);
  return (
    <>
      <Select
        aria-label={t("word.flow")}
        value={flow}
        onChange={(e) => onChoose({ flow: e.target.value, version: "" })}
        className="max-w-52"
      >
        {flows.map((f) => (
          <option key={f.id} value={f.id}>
            {f.title}
          </option>
        ))}
      </Select>
      <Select aria-label={t("word.version")} value={version} onChange={(e) => onChoose({ version: e.target.value })}>
        <option value="active">
          {t("sim.live")}
          {chosen && chosen.activeVersion > 0 ? ` v${chosen.activeVersion}` : ""}
        </option>
        <option value="draft">{t("versions.draft")}</option>
        {Array.from({ length: chosen?.latestVersion ?? 0 }, (_, i) => i + 1)
          .reverse()
          .map((v) => (
            <option key={v} value={v}>
              v{v}
            </option>
          ))}
      </Select>
    </>
  );
}
