import { memo, useState } from "react";
import { useText } from "@/i18n";
import { Select } from "@/ui/field";

/** Target is a node that a wire can lead to. */
export interface Target {
  id: string;
  name: string;
}

/** TargetSelect chooses what a port leads to. The choices are made when somebody is about to choose: a large flow has hundreds of them. */
export const TargetSelect = memo(function TargetSelect({
  label,
  value,
  self,
  targets,
  disabled = false,
  className,
  onChoose,
}: {
  label: string;
  value: string;
  self: string;
  targets: readonly Target[];
  disabled?: boolean;
  className?: string;
  onChoose: (to: string) => void;
}) {
  const { t } = useText();
  const [all, setAll] = useState(false);
  const shown = all ? targets.filter((n) => n.id !== self) : targets.filter((n) => n.id === value);
  return (
    <Select
      aria-label={label}
      className={className}
      value={value}
      disabled={disabled}
      onFocus={() => setAll(true)}
      onPointerDown={() => setAll(true)}
      onChange={(e) => onChoose(e.target.value)}
    >
      <option value="">{t("editor.nowhere")}</option>
      {shown.map((n) => (
        <option key={n.id} value={n.id}>
          {n.name}
        </option>
      ))}
    </Select>
  );
});
