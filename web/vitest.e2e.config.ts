import { mergeConfig } from "vite";
import { defineConfig } from "vitest/config";
import base from "./vite.config.ts";

// Browser tests drive real browsers against real servers: each worker has a server of its own, and a browser for each of its files.
export default mergeConfig(
  base,
  defineConfig({
    test: {
      environment: "node",
      include: ["e2e/**/*.test.ts"],
      maxWorkers: 2,
      // What a page is to show may take longer than vitest's second on a machine that is busy elsewhere. Only in CI, whose machine is not ours, is a
      // test that failed tried once more; the report names it.
      expect: { poll: { timeout: 20_000, interval: 100 } },
      retry: process.env.CI ? 1 : 0,
      testTimeout: 120_000,
      hookTimeout: 120_000,
      globalSetup: ["e2e/server.ts"],
    },
  }),
);
