import { type RefObject, useEffect } from "react";
import type { CanvasView } from "@/canvas/canvas";
import type { Doc } from "@/graph/doc";
import { folded, revealed } from "@/graph/fold";
import { useText } from "@/i18n";
import { reveal } from "./reveal";

/** useOpening opens the collapsed frame that hides what is chosen, as a step that can be undone: what is found must be seen. */
export function useOpening(
  doc: Doc,
  only: string | undefined,
  view: RefObject<CanvasView | null>,
  edit: (doc: Doc, name: string) => void,
): void {
  const { t } = useText();
  const shut = only !== undefined && folded(doc).has(only) ? only : undefined;
  // biome-ignore lint/correctness/useExhaustiveDependencies: it opens once for each thing that is chosen
  useEffect(() => {
    if (!shut) return;
    edit(revealed(doc, shut), t("drawing.collapseStep"));
    const timer = setTimeout(() => reveal(view.current, shut), 50);
    return () => clearTimeout(timer);
  }, [only]);
}
