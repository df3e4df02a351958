import { create } from "@bufbuild/protobuf";
import { createConnectQueryKey, useQuery, useTransport } from "@connectrpc/connect-query";
import { AccessService } from "@gen/flowdesk/v1/access_service_pb";
import { ListLookSchema, type ListLooksResponse, ListLooksResponseSchema } from "@gen/flowdesk/v1/resource_look_pb";
import { useQueryClient } from "@tanstack/react-query";
import { useMemo, useSyncExternalStore } from "react";
import { useMe } from "@/api/me";
import { client } from "@/api/transport";
import { toastFailure } from "./toast";

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

const schema = AccessService.method.listLooks;

/**
 * useLook is how the reader wants the list of a name. The server keeps it for each user, so that it is there on another machine too; until the
 * server has answered, and where it does not, the browser's copy serves. A list without a name is plain.
 */
export function useLook(name: string): Look & { keep: (look: Look) => void } {
  const { data: me } = useMe();
  const queries = useQueryClient();
  const transport = useTransport();
  const copy = `flowdesk.list.${me?.name ?? ""}.${name}`;
  const stored = useSyncExternalStore(subscribe, () => (name ? localStorage.getItem(copy) : null));
  const { data } = useQuery(schema, {}, { enabled: name !== "", staleTime: 60_000, retry: false });
  const kept = data?.listLooks.find((l) => l.list === name);
  return useMemo(() => {
    const look = kept ?? (stored ? readLook(stored) : plain);
    return {
      hidden: look.hidden,
      dense: look.dense,
      views: look.views,
      keep: ({ hidden, dense, views }: Look) => {
        const next = create(ListLookSchema, { list: name, hidden, dense, views });
        localStorage.setItem(copy, JSON.stringify({ hidden, dense, views }));
        for (const listener of listeners) listener();
        const key = createConnectQueryKey({ schema, transport, input: {}, cardinality: "finite" });
        queries.setQueryData<ListLooksResponse>(key, (before) =>
          create(ListLooksResponseSchema, {
            listLooks: [...(before?.listLooks ?? []).filter((l) => l.list !== name), next],
          }),
        );
        client(AccessService)
          .putListLook({ listLook: next })
          .catch((error: unknown) => toastFailure(error));
      },
    };
  }, [stored, kept, copy, name, queries, transport]);
}
