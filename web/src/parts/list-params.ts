import { useRef } from "react";
import { useNavigate, useSearchParams } from "react-router";

/** ListParams is the state of a list in the address: filters, page, and what stands open beside it. */
export interface ListParams {
  get: (key: string) => string;
  set: (changes: Record<string, string | undefined>) => void;
  page: string;
  next: (token: string) => void;
  back: () => void;
  filtered: boolean;
  clear: () => void;
  /** Filters that are set, in the words of their controls where these have said them. */
  filters: () => { key: string; words: string }[];
  /** Said by the control of a filter: its value in words. */
  tell: (key: string, words: string) => void;
}

/** notFilters are the keys of the address that limit nothing. */
export const notFilters = new Set(["page", "open", "view", "order"]);

/** useListParams keeps a list's state in the address, so that a link and the back button bring it back. */
export function useListParams(): ListParams {
  const [params, setParams] = useSearchParams();
  const navigate = useNavigate();
  const told = useRef(new Map<string, string>());
  return {
    get: (key) => params.get(key) ?? "",
    set: (changes) =>
      setParams(
        (before) => {
          const after = new URLSearchParams(before);
          for (const [key, value] of Object.entries(changes)) value ? after.set(key, value) : after.delete(key);
          if (Object.keys(changes).some((key) => key === "order" || !notFilters.has(key))) after.delete("page");
          return after;
        },
        { replace: !("open" in changes) },
      ),
    page: params.get("page") ?? "",
    next: (token) =>
      setParams((before) => {
        const after = new URLSearchParams(before);
        after.set("page", token);
        return after;
      }),
    back: () => navigate(-1),
    filtered: [...params.keys()].some((key) => !notFilters.has(key)),
    clear: () => setParams({}),
    filters: () =>
      [...params]
        .filter(([key]) => !notFilters.has(key))
        .map(([key, value]) => ({ key, words: told.current.get(`${key}=${value}`) ?? value })),
    tell: (key, words) => void told.current.set(`${key}=${params.get(key) ?? ""}`, words),
  };
}
