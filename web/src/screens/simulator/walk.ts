import { useEffect, useRef, useState } from "react";

// How long one node is looked at while a run is shown as it went, and the longest that all of it takes.
const beat = 110;
const longest = 1800;

/**
 * useWalk lights the steps of a run one after the other when the run is new, and all at once for readers who want no motion. What comes is
 * how many are lit.
 */
export function useWalk(run: string, steps: number): number {
  const [lit, setLit] = useState(steps);
  const walked = useRef(run);
  const total = useRef(steps);
  total.current = steps;
  useEffect(() => {
    const still = matchMedia("(prefers-reduced-motion: reduce)").matches;
    if (run === walked.current || still) {
      setLit(Number.POSITIVE_INFINITY);
      return;
    }
    walked.current = run;
    setLit(1);
    const each = Math.min(beat, longest / Math.max(1, total.current));
    const beats = setInterval(() => {
      setLit((n) => {
        if (n < total.current) return n + 1;
        clearInterval(beats);
        return Number.POSITIVE_INFINITY;
      });
    }, each);
    return () => clearInterval(beats);
  }, [run]);
  return Math.min(lit, steps);
}
