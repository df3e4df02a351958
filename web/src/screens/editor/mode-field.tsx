import { NodeMode } from "@gen/flowdesk/v1/definition_pb";
import { useText } from "@/i18n";
import { cn } from "@/ui/cn";

const modes = [NodeMode.UNSPECIFIED, NodeMode.SKIPPED, NodeMode.BLOCKED] as const;

/** ModeField says whether a node takes part in runs, and what runs do where it does not. */
export function ModeField({
  value,
  readOnly,
  onChange,
}: {
  value: NodeMode;
  readOnly: boolean;
  onChange: (mode: NodeMode) => void;
}) {
  const { t } = useText();
  return (
    <fieldset className="flex flex-col gap-1">
      <legend className="mb-1 text-[13px] font-medium text-soft">{t("drawing.modeTitle")}</legend>
      <div className="flex rounded-control border">
        {modes.map((mode) => (
          <button
            key={mode}
            type="button"
            aria-pressed={value === mode}
            disabled={readOnly}
            onClick={() => onChange(mode)}
            className={cn(
              "h-8 flex-1 text-[13px] text-soft first:rounded-l-control last:rounded-r-control",
              value === mode && "bg-primary-soft text-primary",
            )}
          >
            {t(`drawing.mode.${mode}`)}
          </button>
        ))}
      </div>
      {value !== NodeMode.UNSPECIFIED && <p className="text-xs text-faint">{t(`drawing.mode.${value}Help`)}</p>}
    </fieldset>
  );
}
