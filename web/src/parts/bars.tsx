import { type KeyboardEvent, useRef, useState } from "react";

/** Bar is one value of a series: its name, how it is told, and what a reader hears of it. Without a value there is no bar, which is not zero. */
export interface Bar {
  key: string;
  name: string;
  value: number | undefined;
  told: string;
  /** brief is told where there is little room. */
  brief?: string;
  label: string;
}

interface Props {
  label: string;
  bars: Bar[];
  onOpen: (key: string) => void;
}

// One stop of the tab key for all bars: the arrow keys go from one to the next.
function useRoving(bars: Bar[]) {
  const [at, setAt] = useState(bars.length - 1);
  const root = useRef<HTMLDivElement>(null);
  const go = (e: KeyboardEvent) => {
    const step = { ArrowLeft: -1, ArrowUp: -1, ArrowRight: 1, ArrowDown: 1 }[e.key];
    const next = e.key === "Home" ? 0 : e.key === "End" ? bars.length - 1 : step && at + step;
    if (next === undefined || next < 0 || next >= bars.length) return;
    e.preventDefault();
    setAt(next);
    root.current?.querySelectorAll("button")[next]?.focus();
  };
  const current = Math.min(at, bars.length - 1);
  return { root, go, stop: (i: number) => ({ tabIndex: i === current ? 0 : -1, onFocus: () => setAt(i) }) };
}

const most = (bars: Bar[]) => Math.max(...bars.map((b) => b.value ?? 0), 0);

// So many values can stand above their bars, and so many names below, before they run into each other.
const roomForValues = 10;
const roomForNames = 8;

/** Columns draws a series in time from zero. Each column opens what is behind it. */
export function Columns({ label, bars, onOpen }: Props) {
  const { root, go, stop } = useRoving(bars);
  const top = most(bars);
  const every = Math.ceil(bars.length / roomForNames);
  const peak = bars.find((b) => b.value === top);
  return (
    // biome-ignore lint/a11y/useSemanticElements: a fieldset is for a form
    <div ref={root} role="group" aria-label={label} onKeyDown={go} className="min-w-0">
      <div className="relative flex h-28 items-end gap-px border-b pt-5">
        {bars.length > roomForValues && peak && top > 0 && (
          <span
            aria-hidden
            className="absolute inset-x-0 top-0 border-b border-dashed text-xs leading-[18px] text-faint"
          >
            {peak.told}
          </span>
        )}
        {bars.map((bar, i) => (
          <button
            key={bar.key}
            type="button"
            aria-label={bar.label}
            title={`${bar.name} ${bar.told}`}
            onClick={() => onOpen(bar.key)}
            {...stop(i)}
            className="group relative flex h-full min-w-0 flex-1 flex-col items-center justify-end"
          >
            <span
              className="relative block w-full max-w-10 shrink-0 rounded-t-sm bg-primary group-hover:bg-ink"
              style={{ height: `${top > 0 ? ((bar.value ?? 0) / top) * 100 : 0}%` }}
            >
              {bars.length <= roomForValues && (
                <span className="absolute bottom-full left-1/2 -translate-x-1/2 text-xs leading-[18px] whitespace-nowrap text-soft">
                  {bar.brief ?? bar.told}
                </span>
              )}
            </span>
          </button>
        ))}
      </div>
      <div aria-hidden className="flex gap-px text-xs leading-[18px] text-faint">
        {bars.map((bar, i) => (
          <span key={bar.key} className="relative h-[18px] min-w-0 flex-1">
            {i % every === 0 && (
              <span className="absolute left-1/2 -translate-x-1/2 whitespace-nowrap">{bar.name}</span>
            )}
          </span>
        ))}
      </div>
    </div>
  );
}

/** Rows draws a series of things with names, one below the other. */
export function Rows({ label, bars, onOpen }: Props) {
  const { root, go, stop } = useRoving(bars);
  const top = most(bars);
  return (
    // biome-ignore lint/a11y/useSemanticElements: a fieldset is for a form
    <div ref={root} role="group" aria-label={label} onKeyDown={go} className="flex flex-col">
      {bars.map((bar, i) => (
        <button
          key={bar.key}
          type="button"
          aria-label={bar.label}
          onClick={() => onOpen(bar.key)}
          {...stop(i)}
          className="group grid grid-cols-[7.5rem_1fr_5.5rem] items-center gap-2 rounded py-0.5 text-left text-[13px] leading-5"
        >
          <span className="truncate group-hover:text-primary" title={bar.name}>
            {bar.name}
          </span>
          <span className="h-3 rounded-sm bg-sunken">
            <span
              className="block h-full rounded-sm bg-primary group-hover:bg-ink"
              style={{ width: `${top > 0 ? ((bar.value ?? 0) / top) * 100 : 0}%` }}
            />
          </span>
          <span className="text-right text-soft tabular-nums">{bar.told}</span>
        </button>
      ))}
    </div>
  );
}
