import { useSyncExternalStore } from "react";
import { problem } from "@/api/problem";
import { RequestId } from "./request-id";

interface Toast {
  id: number;
  text: string;
  /** Id of the request that failed, for who asks for help. */
  request?: string;
  action?: { label: string; run: () => void };
}

let shown: Toast[] = [];
let last = 0;
const listeners = new Set<() => void>();

function change(next: Toast[]) {
  shown = next;
  for (const listener of listeners) listener();
}

/** toast says that something succeeded; errors stand beside their cause instead. It goes away by itself. */
export function toast(text: string, action?: { label: string; run: () => void }): void {
  show(action ? { text, action } : { text }, 6000);
}

/** toastFailure says what went wrong where there is no place beside its cause. It stays long enough to note its id. */
export function toastFailure(error: unknown): void {
  const { message, request } = problem(error);
  show({ text: message, request }, 12000);
}

function show(what: Omit<Toast, "id">, milliseconds: number) {
  const id = ++last;
  // What a later act has overtaken is not offered to be taken back any more.
  change([...shown.filter((t) => !t.action).slice(-2), { id, ...what }]);
  setTimeout(() => change(shown.filter((t) => t.id !== id)), milliseconds);
}

function subscribe(listener: () => void) {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

/** Toasts is where they appear, announced politely. */
export function Toasts() {
  const toasts = useSyncExternalStore(subscribe, () => shown);
  return (
    <div
      aria-live="polite"
      data-notices
      // In the bar at the top, whose middle is empty on every screen: below, it would cover what one types and steers with.
      className="pointer-events-none fixed top-1 left-1/2 z-[60] flex -translate-x-1/2 flex-col items-center gap-2 max-md:top-auto max-md:bottom-20"
    >
      {toasts.map((item) => (
        <div
          key={item.id}
          className="pointer-events-auto flex items-center gap-3 rounded-card bg-ink px-4 py-2 text-bg shadow-lg"
        >
          <span className="min-w-0">
            {item.text}
            {item.request && <RequestId id={item.request} />}
          </span>
          {item.action && (
            <button type="button" className="font-semibold underline" onClick={item.action.run}>
              {item.action.label}
            </button>
          )}
        </div>
      ))}
    </div>
  );
}
