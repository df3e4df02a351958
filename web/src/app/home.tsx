import type { ReactNode } from "react";
import { Navigate, useLocation } from "react-router";
import { useMe } from "@/api/me";

const phone = "(max-width: 767px)";

/** Home is where the console opens: on a phone with the reader's own tasks, elsewhere with the overview, which a phone reaches by a tap. */
export function Home({ children }: { children: ReactNode }) {
  const { key, search } = useLocation();
  const { data: me } = useMe();
  // Only an address that was typed or tapped outside is without a key of its own.
  if (key !== "default" || search !== "" || !window.matchMedia(phone).matches) return children;
  // Where nobody signs in, no task is anybody's own.
  return <Navigate to={me?.open ? "/tasks" : "/tasks?mine=1"} replace />;
}
