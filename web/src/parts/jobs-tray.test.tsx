import { createRouterTransport } from "@connectrpc/connect";
import { TransportProvider } from "@connectrpc/connect-query";
import { JobService } from "@gen/flowdesk/v1/job_service_pb";
import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { act, cleanup, render, screen } from "@testing-library/react";
import { MemoryRouter } from "react-router";
import { afterEach, expect, test, vi } from "vitest";
import { pauseLive } from "@/api/live";
import { JobTray } from "./jobs";

vi.mock("@/api/me", () => ({ useMe: () => ({ data: {} }), useMay: () => () => true }));

afterEach(() => {
  pauseLive(false);
  cleanup();
  vi.useRealTimers();
});

test("the tray keeps still while live data is paused, and is up to date at once when it goes on", async () => {
  vi.useFakeTimers();
  let asked = 0;
  const transport = createRouterTransport(({ service }) => {
    service(JobService, {
      listJobs: () => {
        asked++;
        return { jobs: [{ name: "jobs/a", total: 100, succeeded: asked }] };
      },
    });
  });
  const pass = (ms: number) => act(() => vi.advanceTimersByTimeAsync(ms));
  const { container } = render(
    <TransportProvider transport={transport}>
      <QueryClientProvider client={new QueryClient()}>
        <MemoryRouter>
          <JobTray />
        </MemoryRouter>
      </QueryClientProvider>
    </TransportProvider>,
  );
  await pass(100);
  expect(screen.getByText("1/100")).toBeTruthy();
  await pass(3_100);
  expect(screen.getByText("3/100")).toBeTruthy();
  expect(container.querySelector(".animate-spin")).not.toBeNull();
  act(() => pauseLive(true));
  await pass(60_000);
  expect(screen.getByText("3/100")).toBeTruthy();
  expect(container.querySelector(".animate-spin")).toBeNull();
  expect(asked).toBe(3);
  act(() => pauseLive(false));
  await pass(100);
  expect(screen.getByText("4/100")).toBeTruthy();
});
