import type { CanvasView } from "@/canvas/canvas";
import { glide } from "@/canvas/glide";

/** reveal brings a node into the part of the canvas that no panel covers. */
export function reveal(view: CanvasView | null, id: string): void {
  const node = view?.getNode(id);
  if (!view || !node) return;
  const zoom = Math.max(0.75, Math.min(1, view.getZoom()));
  const covered = window.innerWidth < 1280 && window.innerWidth >= 768 ? 180 / zoom : 0;
  void view.setCenter(node.position.x + (node.width ?? 0) / 2 + covered, node.position.y + (node.height ?? 0) / 2, {
    zoom,
    ...glide(150),
  });
}
