import { useMemo, useSyncExternalStore } from "react";
import { useMe } from "@/api/me";

/** View is a list's filters under a name. */
export interface View {
  name: string;
  /** The address's query. */
  query: string;
}

/** Look is how a reader wants one list. */
export interface Look {
  /** Keys of columns that are not shown. */
  hidden: string[];
  /** True for low rows. */
  dense: boolean;
  views: View[];
}

const plain: Look = { hidden: [], dense: false, views: [] };
const listeners = new Set<() => void>();

function subscribe(listener: () => void) {
  listeners.add(listener);
  return () => void listeners.delete(listener);
}

/** readLook reads a stored look; what is missing or unreadable is as by default. */
export function readLook(stored: string | null): Look {
  try {
    const { hidden, dense, views } = JSON.parse(stored ?? "{}") as Partial<Record<keyof Look, unknown>>;
    const texts = (list: unknown) => (Array.isArray(list) ? list : []).filter((item) => typeof item === "string");
    const isView = (v: unknown): v is View =>
      typeof v === "object" && v !== null && "name" in v && "query" in v && `${v.name}` !== "";
    return {
      hidden: texts(hidden),
      dense: dense === true,
      views: (Array.isArray(views) ? views : []).filter(isView),
    };
  } catch {
    return plain;
  }
}

/** withView adds a view; one of the same name gives way. At most 20 are kept, the newest. */
export function withView(look: Look, view: View): Look {
  return { ...look, views: [...look.views.filter((v) => v.name !== view.name), view].slice(-20) };
}

/** useLook is how the reader wants the list of a name, kept in this browser for each user apart; a list without a name is plain. */
export function useLook(name: string): Look & { keep: (look: Look) => void } {
  const { data: me } = useMe();
  const key = `flowdesk.list.${me?.name ?? ""}.${name}`;
  const stored = useSyncExternalStore(subscribe, () => (name ? localStorage.getItem(key) : null));
  return useMemo(() => {
    const look = stored ? readLook(stored) : plain;
    return {
      ...look,
      keep: (next: Look) => {
        const { hidden, dense, views } = next;
        localStorage.setItem(key, JSON.stringify({ hidden, dense, views }));
        for (const listener of listeners) listener();
      },
    };
  }, [stored, key]);
}
