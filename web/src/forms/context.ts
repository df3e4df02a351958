import type { Diagnostic } from "@gen/flowdesk/v1/resource_flow_pb";
import { createContext, useContext } from "react";
import type { Suggest } from "./suggest";

/** FormContext is what a form needs from around it. */
export interface FormContext {
  /** Findings of the node, by path in its config. */
  findings: readonly Diagnostic[];
  /** Completion of expressions and templates. */
  suggest: Suggest;
  /** Nodes of the flow, for fields that name one. */
  nodes: readonly { id: string; name: string }[];
  readOnly: boolean;
  /** Fields that were changed and not saved, where the form is saved by hand. */
  changed?: ReadonlySet<string>;
}

export const FormSurroundings = createContext<FormContext>({
  findings: [],
  suggest: () => [],
  nodes: [],
  readOnly: false,
});

/** useForm is the form's surroundings. */
export function useForm(): FormContext {
  return useContext(FormSurroundings);
}
