import { Ellipsis, Languages, PanelLeftClose, PanelLeftOpen, Pause, Play, SunMoon } from "lucide-react";
import { lazy, Suspense, useState } from "react";
import { NavLink, Outlet, useLocation, useNavigate } from "react-router";
import { pauseLive, useLiveState } from "@/api/live";
import { useMe } from "@/api/me";
import { isRefusal } from "@/api/problem";
import { speakLanguage, useText } from "@/i18n";
import { Skeleton } from "@/parts/states";
import { clock, useNow, zone } from "@/parts/time";
import { Toasts } from "@/parts/toast";
import { Button } from "@/ui/button";
import { cn } from "@/ui/cn";
import { Menu } from "@/ui/menu";
import { Tip } from "@/ui/tip";
import { Boundary } from "./boundary";
import { usePlaces } from "./nav";
import { useScroll } from "./scroll";
import { wear } from "./theme";

// Who signed in, and what they may change of that: a server that is open for all needs none of it.
const Account = lazy(() => import("./account").then((part) => ({ default: part.Account })));

// Jobs under way are looked for once the page stands: what they are made of would be a quarter of the first load.
const standing = () => new Promise<void>((done) => setTimeout(done, 2_000));
const JobTray = lazy(() =>
  standing()
    .then(() => import("@/parts/jobs"))
    .then((part) => ({ default: part.JobTray })),
);

const stored = "flowdesk.nav";
// What one does on a phone stands at the bottom of it; the rest is behind the last button there.
const phone = ["/tasks", "/sessions", "/alerts", "/"];

/** Shell is the frame of every screen: navigation, header, and the screen. */
export function Shell() {
  const { t, lang } = useText();
  const [narrow, setNarrow] = useState(() => localStorage.getItem(stored) === "narrow");
  const { pathname } = useLocation();
  const places = usePlaces();
  const all = places.flatMap((group) => group.places);
  const me = useMe();
  const navigate = useNavigate();
  const page = useScroll();
  const fold = () => {
    localStorage.setItem(stored, narrow ? "wide" : "narrow");
    setNarrow(!narrow);
  };
  // Who nobody knows is on the way to the sign-in; no screen asks for anything before.
  if (!me.data && (!me.error || isRefusal(me.error))) return <Skeleton />;
  return (
    <div className="flex h-dvh">
      <a href="#content" className="sr-only focus:not-sr-only focus:absolute focus:z-50 focus:bg-surface focus:p-2">
        {t("nav.skip")}
      </a>
      <nav
        aria-label={t("nav.main")}
        className={cn("flex shrink-0 flex-col border-r bg-surface max-md:hidden", narrow ? "w-14" : "w-52")}
      >
        <div className="flex h-12 items-center gap-2 px-4">
          <img src="/favicon.svg" alt="" className="size-6" />
          {!narrow && <span className="text-base font-semibold">Flowdesk</span>}
        </div>
        <div className="flex-1 overflow-y-auto px-2 pb-2">
          {places.map((group) => (
            <div key={group.group} className="mt-2">
              {!narrow && group.places.length > 1 && (
                <div className="px-2 pt-1 pb-0.5 text-xs text-faint">{t(`nav.${group.group}`)}</div>
              )}
              {group.places.map((place) => {
                const link = (
                  <NavLink
                    key={place.to}
                    to={place.to}
                    end={place.end ?? false}
                    aria-label={t(`nav.${place.text}`)}
                    className={({ isActive }) =>
                      cn(
                        "flex h-9 items-center gap-2.5 rounded-control px-2.5 text-soft hover:bg-sunken hover:text-ink",
                        isActive && "bg-primary-soft font-medium text-primary",
                      )
                    }
                  >
                    <place.icon className="size-4 shrink-0" aria-hidden />
                    {!narrow && t(`nav.${place.text}`)}
                  </NavLink>
                );
                return narrow ? (
                  <Tip key={place.to} text={t(`nav.${place.text}`)} side="right">
                    {link}
                  </Tip>
                ) : (
                  link
                );
              })}
            </div>
          ))}
        </div>
        <div className="border-t p-2">
          <Button
            tone="quiet"
            className="w-full justify-start"
            onClick={fold}
            aria-label={t(narrow ? "nav.expand" : "nav.collapse")}
          >
            {narrow ? <PanelLeftOpen /> : <PanelLeftClose />}
            {!narrow && t("nav.collapse")}
          </Button>
        </div>
      </nav>
      <div className="flex min-w-0 flex-1 flex-col">
        <header className="flex h-12 shrink-0 items-center gap-2 border-b bg-surface px-4">
          <img src="/favicon.svg" alt="" className="size-6 md:hidden" />
          <div className="flex-1" />
          <Clock />
          <Suspense fallback={null}>
            <JobTray />
          </Suspense>
          <LiveChip />
          <Button
            tone="quiet"
            size="small"
            onClick={() => void speakLanguage(lang === "zh" ? "en" : "zh")}
            aria-label={`${lang === "zh" ? "EN" : "中文"} · ${t("nav.language")}`}
          >
            <Languages /> {lang === "zh" ? "EN" : "中文"}
          </Button>
          <Menu
            trigger={
              <Button tone="quiet" size="icon" aria-label={t("nav.theme")}>
                <SunMoon />
              </Button>
            }
            items={[
              { label: t("nav.themeLight"), onSelect: () => wear("light") },
              { label: t("nav.themeDark"), onSelect: () => wear("dark") },
              { label: t("nav.themeSystem"), onSelect: () => wear("system") },
            ]}
          />
          {me.data && !me.data.open && (
            <Suspense fallback={null}>
              <Account />
            </Suspense>
          )}
        </header>
        <main ref={page} id="content" tabIndex={-1} className="min-h-0 flex-1 overflow-y-auto outline-none">
          <Boundary key={pathname}>
            <Suspense fallback={<Skeleton />}>
              <Outlet />
            </Suspense>
          </Boundary>
        </main>
        <nav
          aria-label={t("nav.main")}
          className="grid shrink-0 grid-cols-5 border-t bg-surface pb-[env(safe-area-inset-bottom)] md:hidden"
        >
          {phone
            .flatMap((to) => all.filter((place) => place.to === to))
            .map((place) => (
              <NavLink
                key={place.to}
                to={place.to}
                end={place.end ?? false}
                className={({ isActive }) =>
                  cn(
                    "flex h-14 flex-col items-center justify-center gap-0.5 text-xs text-soft",
                    isActive && "text-primary",
                  )
                }
              >
                <place.icon className="size-5" aria-hidden />
                {t(`nav.${place.text}`)}
              </NavLink>
            ))}
          <Menu
            trigger={
              <button
                type="button"
                className={cn(
                  "flex h-14 flex-col items-center justify-center gap-0.5 text-xs text-soft",
                  !phone.includes(`/${pathname.split("/")[1]}`) && "text-primary",
                )}
              >
                <Ellipsis className="size-5" aria-hidden />
                {t("nav.more")}
              </button>
            }
            items={all
              .filter((place) => !phone.includes(place.to))
              .map((place) => ({
                icon: <place.icon aria-hidden />,
                label: t(`nav.${place.text}`),
                onSelect: () => void navigate(place.to),
              }))}
          />
        </nav>
      </div>
      <Toasts />
    </div>
  );
}

function Clock() {
  const { t, lang } = useText();
  const now = useNow();
  return (
    <time className="text-soft max-sm:hidden" title={t("nav.zone", { zone: zone.name })}>
      {clock(new Date(now), lang, false)} <span className="text-xs text-faint">{zone.name}</span>
    </time>
  );
}

const dots = { live: "●", connecting: "◐", paused: "⏸", idle: "○" } as const;

function LiveChip() {
  const { t, lang } = useText();
  const { state, since } = useLiveState();
  if (state === "idle") return null;
  const paused = state === "paused";
  return (
    <Button
      tone="quiet"
      size="small"
      onClick={() => pauseLive(!paused)}
      aria-label={t(paused ? "live.resume" : "live.pause")}
      title={t(paused ? "live.resume" : "live.pause")}
    >
      <span aria-hidden className={state === "live" ? "text-ok" : "text-warn"}>
        {dots[state]}
      </span>
      {t(`live.${state}`)}
      {state === "connecting" && <span className="text-xs">{clock(new Date(since), lang)}</span>}
      {paused ? <Play /> : <Pause className="max-md:hidden" />}
    </Button>
  );
}
