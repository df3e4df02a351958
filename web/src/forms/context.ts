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
  /** The field that somebody is led to, by its path; cards and sections around it open. A new object leads there anew. */
  focus?: { path: string } | undefined;
}

/** focusOn puts the caret into a field by its path, or into the nearest one around it that can take it. It waits for cards to open. */
export function focusOn(root: HTMLElement | null, path: string): void {
  requestAnimationFrame(() =>
    requestAnimationFrame(() => {
      for (let at = path; at; at = at.replace(/(\.[^.[]*|\[[^[]*|^[^.[]*)$/, "")) {
        const control = root?.querySelector<HTMLElement>(
          ["textarea", "input", "select", "button:not([data-action]):not([tabindex='-1'])"]
            .map((tag) => `[data-field="${CSS.escape(at)}"] ${tag}`)
            .join(),
        );
        if (!control) continue;
        control.focus();
        control.scrollIntoView({ block: "center" });
        if (control instanceof HTMLTextAreaElement) control.select();
        return;
      }
    }),
  );
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
