import { mergeConfig } from "vite";
import { defineConfig } from "vitest/config";
import base from "./vite.config.ts";

// Figures of the console in a real browser; they say something on a machine that has nothing else to do.
export default mergeConfig(
  base,
  defineConfig({
    test: {
      environment: "node",
      include: ["e2e/perf/**/*.perf.ts"],
      fileParallelism: false,
      testTimeout: 600_000,
      hookTimeout: 120_000,
      globalSetup: ["e2e/server.ts"],
    },
  }),
);
