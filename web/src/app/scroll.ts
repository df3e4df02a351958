import { type RefObject, useEffect, useRef } from "react";
import { useLocation, useNavigationType } from "react-router";

const places = new Map<string, number>();

/** useScroll brings a page that one comes back to where it was left, as soon as it is long enough again; a new page begins at its top. */
export function useScroll(): RefObject<HTMLElement | null> {
  const page = useRef<HTMLElement>(null);
  const { key, pathname } = useLocation();
  const back = useNavigationType() === "POP";
  const path = useRef(pathname);
  useEffect(() => {
    const element = page.current;
    if (!element) return;
    const keep = () => void places.set(key, element.scrollTop);
    const wanted = back ? (places.get(key) ?? 0) : path.current === pathname ? undefined : 0;
    path.current = pathname;
    let frame = 0;
    let left = 60;
    const bring = () => {
      if (wanted === undefined) return;
      element.scrollTop = wanted;
      // Rows that are read anew come a moment later.
      if (Math.abs(element.scrollTop - wanted) > 1 && left-- > 0) frame = requestAnimationFrame(bring);
      else element.addEventListener("scroll", keep);
    };
    if (wanted === undefined) element.addEventListener("scroll", keep);
    else bring();
    return () => {
      cancelAnimationFrame(frame);
      element.removeEventListener("scroll", keep);
    };
  }, [key, pathname, back]);
  return page;
}
