import { type RefObject, useEffect, useLayoutEffect } from "react";

/** useGrow lets a field be as high as its text, as far as its greatest height (a class of it) allows; beyond that it scrolls. */
export function useGrow(field: RefObject<HTMLTextAreaElement | null>, text: string): void {
  // biome-ignore lint/correctness/useExhaustiveDependencies: the text makes the height
  useLayoutEffect(() => shape(field.current), [field, text]);
  useEffect(() => {
    const area = field.current;
    if (!area) return;
    let width = area.clientWidth;
    const turned = new ResizeObserver(() => {
      if (area.clientWidth === width) return; // its height we made ourselves
      width = area.clientWidth;
      shape(area);
    });
    turned.observe(area);
    return () => turned.disconnect();
  }, [field]);
}

function shape(area: HTMLTextAreaElement | null) {
  if (!area) return;
  area.style.height = "auto"; // a text that got shorter
  area.style.height = `${area.scrollHeight + area.offsetHeight - area.clientHeight}px`;
}

/** nearEnd is how far from its end, in pixels, a log still counts as read to the end. */
const nearEnd = 80;

/** atEnd tells whether the reader of a log sees its end. */
export function atEnd(log: HTMLElement): boolean {
  return log.scrollHeight - log.scrollTop - log.clientHeight < nearEnd;
}

/** useStayAtEnd keeps the end of a log in sight when the room for it changes, as by a field that grows below it. */
export function useStayAtEnd(log: RefObject<HTMLElement | null>, ready = true): void {
  useEffect(() => {
    const area = log.current;
    if (!area || !ready) return;
    let end = true; // a log opens at its end; who goes up scrolls
    const look = () => {
      end = atEnd(area);
    };
    const turned = new ResizeObserver(() => {
      if (end) area.scrollTop = area.scrollHeight;
    });
    area.addEventListener("scroll", look, { passive: true });
    turned.observe(area);
    return () => {
      area.removeEventListener("scroll", look);
      turned.disconnect();
    };
  }, [log, ready]);
}
