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
}

/** notFilters are the keys of the address that limit nothing. */
export const notFilters = new Set(["page", "open", "view", "order"]);

/** useListParams keeps a list's state in the address, so that a link and the back button bring it back. */
export function useListParams(): ListParams {
  const [params, setParams] = useSearchParams();
  const navigate = useNavigate();
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
  };
}
