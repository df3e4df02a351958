import { FlowService, type ValidateFlowResponse } from "@gen/flowdesk/v1/flow_service_pb";
import type { Diagnostic } from "@gen/flowdesk/v1/resource_flow_pb";
import { useEffect, useState } from "react";
import { client } from "@/api/transport";
import type { Doc } from "@/graph/doc";

/** Findings are what the compiler says of the document, and whether that is of the document on screen. */
export interface Findings {
  diagnostics: Diagnostic[];
  valid: boolean;
  checking: boolean;
  bounds: ValidateFlowResponse["bounds"];
}

const pause = 400;

/** useFindings asks the compiler a moment after each change of behaviour; moving nodes asks nothing. */
export function useFindings(doc: Doc): Findings {
  const [findings, setFindings] = useState<Findings>({
    diagnostics: [],
    valid: false,
    checking: true,
    bounds: undefined,
  });
  const { definition } = doc;
  useEffect(() => {
    const abort = new AbortController();
    setFindings((before) => (before.checking ? before : { ...before, checking: true }));
    const timer = setTimeout(async () => {
      try {
        const answer = await client(FlowService).validateFlow(
          { subject: { case: "definition", value: definition } },
          { signal: abort.signal },
        );
        setFindings({ diagnostics: answer.diagnostics, valid: answer.valid, checking: false, bounds: answer.bounds });
      } catch {
        // The next change asks again; what was found stays on screen.
      }
    }, pause);
    return () => {
      clearTimeout(timer);
      abort.abort();
    };
  }, [definition]);
  return findings;
}
