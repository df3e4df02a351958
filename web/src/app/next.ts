const doors = ["/signin", "/setup"];

/** toSignIn is the address of the sign-in that leads back to where the reader is; undefined when that is a door already. */
export function toSignIn(at: { pathname: string; search: string; hash: string }): string | undefined {
  if (doors.includes(at.pathname)) return undefined;
  const next = at.pathname + at.search + at.hash;
  return next === "/" ? "/signin" : `/signin?next=${encodeURIComponent(next)}`;
}

/** nextOf is where to go after the sign-in: the path that was asked for if it is one of the console's own, else the first screen. */
export function nextOf(asked: string | null, origin: string): string {
  if (!asked?.startsWith("/")) return "/";
  try {
    const url = new URL(asked, origin);
    if (url.origin !== origin || doors.includes(url.pathname)) return "/";
    return url.pathname + url.search + url.hash;
  } catch {
    return "/";
  }
}
