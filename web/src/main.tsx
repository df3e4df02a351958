import { TransportProvider } from "@connectrpc/connect-query";
import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { RouterProvider } from "react-router";
import { transport } from "@/api/transport";
import { router } from "@/app/router";
import "@/i18n";
import { TipProvider } from "@/ui/tip";
import "./index.css";

// A failed read is tried once more; what changes while a screen is open comes over its watch, so focus alone reads nothing anew.
const queries = new QueryClient({
  defaultOptions: { queries: { retry: 1, staleTime: 5_000, refetchOnWindowFocus: false } },
});

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
