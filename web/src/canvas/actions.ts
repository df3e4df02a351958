import { createContext, useContext } from "react";

/** CanvasActions are changes that things on the canvas make themselves. */
export interface CanvasActions {
  mark: (id: string, change: { title?: string; text?: string; collapsed?: boolean }) => void;
  resize: (id: string, box: { x: number; y: number; width: number; height: number }) => void;
  addOnEdge: (edge: string) => void;
}

const nothing: CanvasActions = { mark: () => {}, resize: () => {}, addOnEdge: () => {} };

export const CanvasActionsContext = createContext<CanvasActions>(nothing);

/** useCanvasActions are the actions of the canvas around. */
export function useCanvasActions(): CanvasActions {
  return useContext(CanvasActionsContext);
}
