import { type RefObject, useEffect, useState } from "react";

/** useRoom tells whether an element takes room on the page: behind another tab it takes none, and nothing can be fitted into it. */
export function useRoom(element: RefObject<HTMLElement | null>): boolean {
  const [room, setRoom] = useState(false);
  useEffect(() => {
    const box = element.current;
    if (!box) return;
    const turned = new ResizeObserver(() => setRoom(box.clientWidth > 0 && box.clientHeight > 0));
    turned.observe(box);
    return () => turned.disconnect();
  }, [element]);
  return room;
}
