import { type ComponentType, lazy, Suspense } from "react";
import { createBrowserRouter, Link, Navigate } from "react-router";
import { useText } from "@/i18n";
import { Empty, Skeleton } from "@/parts/states";
import { Boundary } from "./boundary";
import { Home } from "./home";
import { Shell } from "./shell";

const screen = (load: () => Promise<{ default: ComponentType }>) => {
  const Screen = lazy(load);
  return <Screen />;
};

// Outside of the frame: nobody is signed in yet.
const door = (load: () => Promise<{ default: ComponentType }>) => <Suspense>{screen(load)}</Suspense>;

function NotFound() {
  const { t } = useText();
  return (
    <Empty title={t("notFound.title")} hint={t("notFound.hint")} action={<Link to="/">{t("notFound.home")}</Link>} />
  );
}

/** router gives every screen an address. Each screen is a part of its own that loads when it is first opened. */
export const router = createBrowserRouter([
  {
    path: "/wall",
    element: (
      <Boundary>
        <Suspense fallback={<Skeleton />}>{screen(() => import("@/screens/wall"))}</Suspense>
      </Boundary>
    ),
  },
  { path: "/signin", element: door(() => import("@/screens/door/signin")) },
  { path: "/setup", element: door(() => import("@/screens/door/setup")) },
  {
    path: "/",
    element: <Shell />,
    children: [
      { index: true, element: <Home>{screen(() => import("@/screens/overview"))}</Home> },
      { path: "sessions/:session?", element: screen(() => import("@/screens/sessions")) },
      { path: "tasks", element: screen(() => import("@/screens/tasks")) },
      { path: "alerts", element: screen(() => import("@/screens/alerts")) },
      { path: "flows", element: screen(() => import("@/screens/flows")) },
      { path: "flows/:flow", element: <Navigate to="edit" replace /> },
      { path: "flows/:flow/edit", element: screen(() => import("@/screens/editor")) },
      { path: "flows/:flow/versions", element: screen(() => import("@/screens/versions")) },
      { path: "instances", element: screen(() => import("@/screens/instances")) },
      { path: "instances/:instance", element: screen(() => import("@/screens/instance")) },
      { path: "messages/:message", element: screen(() => import("@/screens/message")) },
      { path: "commands", element: screen(() => import("@/screens/commands")) },
      { path: "jobs", element: screen(() => import("@/screens/jobs")) },
      { path: "jobs/:job", element: screen(() => import("@/screens/jobs/job")) },
      { path: "simulator", element: screen(() => import("@/screens/simulator")) },
      { path: "robots", element: screen(() => import("@/screens/robots")) },
      { path: "robots/connect", element: screen(() => import("@/screens/robots/connect")) },
      { path: "groups", element: screen(() => import("@/screens/groups")) },
      { path: "people", element: screen(() => import("@/screens/people")) },
      { path: "analytics", element: screen(() => import("@/screens/analytics")) },
      { path: "ai", element: screen(() => import("@/screens/ai")) },
      { path: "settings", element: screen(() => import("@/screens/settings")) },
      { path: "settings/members", element: screen(() => import("@/screens/members")) },
      { path: "settings/keys", element: screen(() => import("@/screens/keys")) },
      { path: "settings/secrets", element: screen(() => import("@/screens/secrets")) },
      { path: "audit", element: screen(() => import("@/screens/audit")) },
      { path: "events", element: screen(() => import("@/screens/events")) },
      { path: "*", element: <NotFound /> },
    ],
  },
]);
