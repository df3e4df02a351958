import { useSyncExternalStore } from "react";
import { type Deed, onDid } from "@/api/did";

const stored = "flowdesk.start";
const listeners = new Set<() => void>();

// What is kept is the steps that are done, or that the reader wants to see no more of them.
let kept: readonly string[] | undefined;

function present(): readonly string[] {
  if (!kept) {
    try {
      kept = (localStorage.getItem(stored) ?? "").split(",").filter(Boolean);
    } catch {
      kept = [];
    }
  }
  return kept;
}

/** keepSteps says which of the first steps are done. */
export function keepSteps(next: readonly string[]): void {
  kept = next;
  try {
    localStorage.setItem(stored, next.join(","));
  } catch {
    // They are forgotten with the page.
  }
  for (const listener of listeners) listener();
}

/** tickSteps ticks steps off by what the reader does, wherever in the console that is. It is called once. */
export function tickSteps(): void {
  onDid((deed: Deed) => {
    if (!present().includes(deed)) keepSteps([...present(), deed]);
  });
}

/** useSteps are the steps that are done. */
export function useSteps(): readonly string[] {
  return useSyncExternalStore((listener) => {
    listeners.add(listener);
    return () => listeners.delete(listener);
  }, present);
}
