import { TransportProvider } from "@connectrpc/connect-query";
import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { RouterProvider } from "react-router";
import { isRefusal } from "@/api/problem";
import { onSignedOut } from "@/api/session";
import { transport } from "@/api/transport";
import { toSignIn } from "@/app/next";
import { router } from "@/app/router";
import "@/i18n";
import { tickSteps } from "@/parts/first-steps";
import { TipProvider } from "@/ui/tip";
import "./index.css";

// A failed read is tried once more; what changes while a screen is open comes over its watch, so focus alone reads nothing anew.
const queries = new QueryClient({
  defaultOptions: {
    queries: {
      retry: (failures, error) => failures < 1 && !isRefusal(error),
      staleTime: 5_000,
      refetchOnWindowFocus: false,
    },
  },
});

// Whoever is signed out on the way signs in again and comes back to the same place.
onSignedOut(() => {
  const there = toSignIn(router.state.location);
  if (there) void router.navigate(there);
});

tickSteps();

const root = document.getElementById("root");
if (root) {
  createRoot(root).render(
    <StrictMode>
      <TransportProvider transport={transport}>
        <QueryClientProvider client={queries}>
          <TipProvider>
            <RouterProvider router={router} />
          </TipProvider>
        </QueryClientProvider>
      </TransportProvider>
    </StrictMode>,
  );
}
