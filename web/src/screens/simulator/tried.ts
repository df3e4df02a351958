import { useQuery } from "@connectrpc/connect-query";
import { FlowService } from "@gen/flowdesk/v1/flow_service_pb";
import { useMemo } from "react";
import { type Doc, docOf } from "@/graph/doc";
import type { Choice } from "./simulation";

/**
 * useTried is the document that a choice runs: the draft, a version, or the one that is live. It is undefined while nobody knows, and null
 * where there is none, as for a flow of which nothing is live.
 */
export function useTried(flow: string, choice: Choice): Doc | null | undefined {
  const draft = !choice.active && !choice.version;
  const read = useQuery(FlowService.method.getFlow, { name: `flows/${flow}` }, { enabled: flow !== "" });
  const stored = read.data?.flow;
  const version = choice.active ? (stored?.activeVersion ?? 0) : (choice.version ?? 0);
  const published = useQuery(
    FlowService.method.getFlowVersion,
    { name: `flows/${flow}/versions/${version}` },
    { enabled: flow !== "" && !draft && version > 0, staleTime: Number.POSITIVE_INFINITY },
  );
  const source = draft ? stored : published.data?.flowVersion;
  const none =
    flow === "" || read.isError || published.isError || (stored !== undefined && choice.active && version === 0);
  return useMemo(() => (source ? docOf(source.definition, source.layout) : none ? null : undefined), [source, none]);
}
