import { useText } from "@/i18n";
import { cn } from "@/ui/cn";

/** Segments shows few choices side by side; none chosen means the default, which has a button of its own when there is one. */
export function Segments({
  choices,
  value,
  inherits,
  onChange,
  disabled,
  id,
  ...aria
}: {
  choices: { value: number; label: string }[];
  value: number;
  inherits: string;
  onChange: (next: number | undefined) => void;
  disabled: boolean;
  id: string;
  "aria-describedby": string;
  "aria-invalid": boolean;
}) {
  const { t } = useText();
  // The default that is one of the choices is marked there; another one has a button of its own.
  const own = choices.find((c) => c.label === inherits);
  const all = choices.map((c) => (c === own ? { value: 0, label: t("form.isDefault", { value: c.label }) } : c));
  if (inherits && !own) all.unshift({ value: 0, label: t("form.default", { value: inherits }) });
  const now = value === own?.value ? 0 : value;
  const at = Math.max(
    0,
    all.findIndex((c) => c.value === now),
  );
  return (
    <div role="radiogroup" id={id} aria-labelledby={`${id}-label`} className="flex flex-wrap gap-1.5" {...aria}>
      {all.map((c, i) => (
        // biome-ignore lint/a11y/useSemanticElements: a button takes the look of the other controls
        <button
          key={c.value}
          type="button"
          role="radio"
          aria-checked={c.value === now}
          disabled={disabled}
          tabIndex={i === at ? 0 : -1}
          onClick={() => onChange(c.value === now && !inherits ? undefined : c.value || undefined)}
          onKeyDown={(e) => {
            const step =
              e.key === "ArrowRight" || e.key === "ArrowDown"
                ? 1
                : e.key === "ArrowLeft" || e.key === "ArrowUp"
                  ? -1
                  : 0;
            const next = all[(at + step + all.length) % all.length];
            if (!step || !next) return;
            e.preventDefault();
            e.stopPropagation();
            const buttons = e.currentTarget.parentElement?.querySelectorAll("button");
            buttons?.[all.indexOf(next)]?.focus();
            onChange(next.value || undefined);
          }}
          className={cn(
            "rounded-control border border-control/60 px-2 py-1 text-left text-[13px] disabled:opacity-60",
            c.value === now && "border-primary bg-primary-soft text-primary",
          )}
        >
          {c.label}
        </button>
      ))}
    </div>
  );
}
