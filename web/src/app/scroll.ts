import { useLayoutEffect, useRef, useState } from "react";
import { useLocation, useNavigationType } from "react-router";

const places = new Map<string, number>();

// How long a page that is read anew may take to become as long as it was, in ms.
const patience = 3_000;

/** useScroll brings a page that one comes back to where it was left, as soon as it is long enough again; a new page begins at its top. */
export function useScroll(): (page: HTMLElement | null) => void {
  // The page comes when it is known who reads it, which is later than this.
  const [element, setElement] = useState<HTMLElement | null>(null);
  const { key, pathname } = useLocation();
  const back = useNavigationType() === "POP";
  const path = useRef(pathname);
  // Before the browser tells of the scrolling that a shorter page brings about: that place is not the reader's.
  useLayoutEffect(() => {
    if (!element) return;
    const wanted = back ? (places.get(key) ?? 0) : path.current === pathname ? element.scrollTop : 0;
    path.current = pathname;
    const until = performance.now() + patience;
    const keep = () => void places.set(key, element.scrollTop);
    const rest = () => {
      cancelAnimationFrame(frame);
      element.addEventListener("scroll", keep);
    };
    const bring = () => {
      element.scrollTop = wanted;
      if (Math.abs(element.scrollTop - wanted) <= 1 || performance.now() > until) rest();
      else frame = requestAnimationFrame(bring);
    };
    let frame = requestAnimationFrame(bring);
    // The reader's own hand goes first.
    element.addEventListener("wheel", rest, { passive: true, once: true });
    element.addEventListener("pointerdown", rest, { once: true });
    return () => {
      cancelAnimationFrame(frame);
      element.removeEventListener("scroll", keep);
      element.removeEventListener("wheel", rest);
      element.removeEventListener("pointerdown", rest);
    };
  }, [element, key, pathname, back]);
  return setElement;
}
