import { useRef, useState } from "react";

/** useSteady gives functions that stay the same and do what the newest ones do, so that what takes them is not drawn anew for their sake. */
export function useSteady<T extends object>(acts: T): T {
  const latest = useRef(acts);
  latest.current = acts;
  const [steady] = useState(() => {
    type Act = (...args: unknown[]) => unknown;
    const of = (key: string) => (latest.current as Record<string, Act | undefined>)[key];
    return Object.fromEntries(Object.keys(acts).map((key) => [key, (...args: unknown[]) => of(key)?.(...args)])) as T;
  });
  return steady;
}
