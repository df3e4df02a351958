import { useQuery } from "@connectrpc/connect-query";
import { FlowService } from "@gen/flowdesk/v1/flow_service_pb";
import { useMemo } from "react";
import { type Doc, docOf } from "@/graph/doc";
import type { Choice } from "./simulation";

/** useTried is the document that a choice runs: the draft, a version, or the one that is live. */
export function useTried(flow: string, choice: Choice): Doc | undefined {
  const draft = !choice.active && !choice.version;
  const stored = useQuery(FlowService.method.getFlow, { name: `flows/${flow}` }, { enabled: flow !== "" }).data?.flow;
  const version = choice.active ? (stored?.activeVersion ?? 0) : (choice.version ?? 0);
  const published = useQuery(
    FlowService.method.getFlowVersion,
    { name: `flows/${flow}/versions/${version}` },
    { enabled: flow !== "" && !draft && version > 0, staleTime: Number.POSITIVE_INFINITY },
  ).data?.flowVersion;
  const source = draft ? stored : published;
  return useMemo(() => source && docOf(source.definition, source.layout), [source]);
}
