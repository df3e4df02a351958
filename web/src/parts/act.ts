import { useQueryClient } from "@tanstack/react-query";
import { toast } from "./toast";

/** useAct runs a change, says that it succeeded, and lets every list on screen read anew. A failure goes to the caller. */
export function useAct(): (change: Promise<unknown>, done?: string) => Promise<void> {
  const queries = useQueryClient();
  return async (change, done) => {
    await change;
    if (done) toast(done);
    await queries.invalidateQueries();
  };
}
