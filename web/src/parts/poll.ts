import { useLiveState } from "@/api/live";

/** usePoll is how often a screen without a watch reads anew, in ms; never while the reader has paused live data. */
export function usePoll(every: number): number | false {
  return useLiveState().state === "paused" ? false : every;
}
