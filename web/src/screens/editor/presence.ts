import type { FlowVisitor } from "@gen/flowdesk/v1/flow_presence_pb";
import { FlowService } from "@gen/flowdesk/v1/flow_service_pb";
import { useEffect, useMemo, useRef, useState } from "react";
import { client } from "@/api/transport";
import { useText } from "@/i18n";
import { visitorName } from "./avatars";

const every = 5000;

/** Presence is who else has the draft open, and the revision that the server has of it. */
export interface Presence {
  others: readonly FlowVisitor[];
  revision: bigint;
}

const page = Array.from(crypto.getRandomValues(new Uint8Array(12)), (b) => b.toString(16).padStart(2, "0")).join("");

/** usePresence says every few seconds that this page has the draft open and at which node, and learns of the others. */
export function usePresence(name: string, node: string): Presence {
  const [presence, setPresence] = useState<Presence>({ others: [], revision: 0n });
  const at = useRef(node);
  at.current = node;
  const tell = useRef<() => void>(() => {});
  useEffect(() => {
    const abort = new AbortController();
    let timer: ReturnType<typeof setTimeout> | undefined;
    const visit = async () => {
      clearTimeout(timer);
      try {
        if (!document.hidden) {
          const answer = await client(FlowService).visitFlow(
            { name, page, node: at.current },
            { signal: abort.signal },
          );
          setPresence((before) =>
            same(before, answer.visitors, answer.revision)
              ? before
              : { others: answer.visitors, revision: answer.revision },
          );
        }
      } catch {
        // Who else is there is worth no message; the next visit may tell.
      }
      if (!abort.signal.aborted) timer = setTimeout(() => void visit(), every);
    };
    let soon: ReturnType<typeof setTimeout> | undefined;
    tell.current = () => {
      clearTimeout(soon);
      soon = setTimeout(() => void visit(), 300);
    };
    // Whoever closes the page, or goes on to another address, leaves too; the browser sends this after the page is gone. Who comes back is
    // there again with the next visit.
    const closed = () => leave(name);
    window.addEventListener("pagehide", closed);
    void visit();
    return () => {
      window.removeEventListener("pagehide", closed);
      clearTimeout(timer);
      clearTimeout(soon);
      abort.abort();
      client(FlowService)
        .visitFlow({ name, page, leave: true })
        .catch(() => {});
    };
  }, [name]);
  // biome-ignore lint/correctness/useExhaustiveDependencies: another node is told at once
  useEffect(() => tell.current(), [node]);
  return presence;
}

function leave(name: string) {
  fetch("/flowdesk.v1.FlowService/VisitFlow", {
    method: "POST",
    keepalive: true,
    headers: { "Content-Type": "application/json", "Connect-Protocol-Version": "1" },
    body: JSON.stringify({ name, page, leave: true }),
  }).catch(() => {});
}

function same(before: Presence, others: readonly FlowVisitor[], revision: bigint): boolean {
  const told = (all: readonly FlowVisitor[]) => all.map((v) => `${v.page} ${v.person} ${v.node}`).join();
  return before.revision === revision && told(before.others) === told(others);
}

/** usePeople are the others by the node that they are at. */
export function usePeople({ others }: Presence): ReadonlyMap<string, string> {
  const { t } = useText();
  return useMemo(() => {
    const name = (number: number) => t("drawing.someone", { number });
    return new Map(others.flatMap((v, i) => (v.node ? [[v.node, visitorName(v, i, name)] as const] : [])));
  }, [others, t]);
}
