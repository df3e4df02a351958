import { Tabs as Radix } from "radix-ui";
import type { ReactNode } from "react";

/** Tabs show one of several panels. */
export function Tabs<K extends string>({
  value,
  onChange,
  tabs,
  label,
  className,
}: {
  value: K;
  onChange: (next: K) => void;
  tabs: { key: K; label: ReactNode; panel: ReactNode }[];
  label: string;
  className?: string;
}) {
  return (
    <Radix.Root value={value} onValueChange={(next) => onChange(next as K)} className={className}>
      <Radix.List aria-label={label} className="flex overflow-x-auto border-b px-2">
        {tabs.map((tab) => (
          <Radix.Trigger
            key={tab.key}
            value={tab.key}
            className="-mb-px border-b-2 border-transparent px-2 py-2 whitespace-nowrap text-soft data-[state=active]:border-primary data-[state=active]:font-medium data-[state=active]:text-ink"
          >
            {tab.label}
          </Radix.Trigger>
        ))}
      </Radix.List>
      {tabs.map((tab) => (
        <Radix.Content
          key={tab.key}
          value={tab.key}
          tabIndex={-1}
          className="min-h-0 flex-1 overflow-auto outline-none"
        >
          {tab.panel}
        </Radix.Content>
      ))}
    </Radix.Root>
  );
}
