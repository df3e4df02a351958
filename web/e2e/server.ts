import { type ChildProcess, spawn } from "node:child_process";
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { TestProject } from "vitest/node";

declare module "vitest" {
  interface ProvidedContext {
    base: string;
  }
}

const binary = fileURLToPath(new URL("../../bin/flowdesk", import.meta.url));

const freePort = () =>
  new Promise<number>((resolve, reject) => {
    const server = createServer();
    server.on("error", reject);
    server.listen(0, "127.0.0.1", () => {
      const address = server.address();
      server.close(() =>
        address && typeof address === "object" ? resolve(address.port) : reject(new Error("no port")),
      );
    });
  });

/** setup starts the real program with a database of its own, and waits until it is ready. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  if (!existsSync(binary)) throw new Error("bin/flowdesk is not built: run make build first");
  const data = mkdtempSync(join(tmpdir(), "flowdesk-e2e-"));
  const [http, grpc, robots] = [await freePort(), await freePort(), await freePort()];
  const args = [
    "dev",
    "--http",
    `127.0.0.1:${http}`,
    "--grpc",
    `127.0.0.1:${grpc}`,
    "--sim",
    `127.0.0.1:${robots}`,
    "--data-dir",
    data,
  ];
  const server: ChildProcess = spawn(binary, args, { stdio: ["ignore", "ignore", "pipe"] });
  let log = "";
  server.stderr?.on("data", (chunk: Buffer) => {
    log = (log + chunk.toString()).slice(-20_000);
  });
  const base = `http://127.0.0.1:${http}`;
  const until = Date.now() + 60_000;
  for (;;) {
    const ready = await fetch(`${base}/readyz`).catch(() => undefined);
    if (ready?.ok) break;
    if (server.exitCode !== null || Date.now() > until) throw new Error(`the server did not start:\n${log}`);
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  project.provide("base", base);
  return async () => {
    const gone = new Promise((resolve) => server.once("exit", resolve));
    server.kill("SIGTERM");
    await gone;
    rmSync(data, { recursive: true, force: true });
  };
}
