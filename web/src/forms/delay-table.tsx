import { useQuery } from "@connectrpc/connect-query";
import type { DelayRule } from "@gen/flowdesk/v1/nodes_reply_pb";
import { SettingsService } from "@gen/flowdesk/v1/settings_service_pb";
import { PrioritySchema } from "@gen/flowdesk/v1/types_pb";
import { enumLabel } from "@/api/labels";
import { useText } from "@/i18n";
import { coverOfRules, priorities } from "./day";
import { DayBar } from "./day-bar";
import { segmentsFor } from "./delay-text";

/** DelayBars draws what a delay table does with replies of each priority over 24 hours, and what it leaves out or decides twice. */
export function DelayBars({ rules }: { rules: readonly DelayRule[] }) {
  const { t, lang } = useText();
  return (
    <div className="flex flex-col gap-1">
      {priorities.map((priority, i) => {
        const label = enumLabel(PrioritySchema, priority, lang);
        return (
          <div key={priority} className="grid grid-cols-[3.5rem_1fr] gap-2">
            <span className="pt-0.5 text-xs text-soft">{label}</span>
            <DayBar
              label={t("day.of", { priority: label })}
              segments={segmentsFor(rules, priority, t, lang)}
              cover={coverOfRules(rules, priority)}
              scale={i === priorities.length - 1}
            />
          </div>
        );
      })}
    </div>
  );
}

/** SettingsDelayBars draws the organisation's table, for nodes that have none of their own, and lets one begin from it. */
export function SettingsDelayBars({ onBegin }: { onBegin: ((rules: DelayRule[]) => void) | undefined }) {
  const { t } = useText();
  const settings = useQuery(SettingsService.method.getSettings, {}, { staleTime: 60_000 }).data?.settings;
  if (!settings) return null;
  return (
    <>
      <DelayBars rules={settings.delayRules} />
      {onBegin && (
        <button
          type="button"
          className="self-start text-xs text-primary hover:underline"
          onClick={() => onBegin(settings.delayRules)}
        >
          {t("form.begin")}
        </button>
      )}
    </>
  );
}
