import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

/** binary is the program that is tested. */
export const binary = fileURLToPath(new URL("../../bin/flowdesk", import.meta.url));

/** Program is the real program while it runs. */
export interface Program {
  base: string;
  /** Address of gRPC, for the command line. */
  grpc: string;
  /** Everything that it printed to its terminal. */
  printed: () => string;
  stop: () => Promise<void>;
}

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

/** startProgram starts the real program with a database of its own, and waits until it is ready. */
export async function startProgram(command: "dev" | "serve", ...more: string[]): Promise<Program> {
  if (!existsSync(binary)) throw new Error("bin/flowdesk is not built: run make build first");
  const data = mkdtempSync(join(tmpdir(), "flowdesk-e2e-"));
  const [http, grpc, robots] = [await freePort(), await freePort(), await freePort()];
  const args = [command, "--http", `127.0.0.1:${http}`, "--grpc", `127.0.0.1:${grpc}`, "--data-dir", data, ...more];
  if (command === "dev") args.push("--sim", `127.0.0.1:${robots}`);
  else {
    const keys = join(data, "e2e.keys");
    writeFileSync(keys, execFileSync(binary, ["key"]), { mode: 0o600 });
    args.push("--key-file", keys);
  }
  const server: ChildProcess = spawn(binary, args, { stdio: ["ignore", "pipe", "pipe"] });
  let log = "";
  let printed = "";
  server.stderr?.on("data", (chunk: Buffer) => {
    log = (log + chunk.toString()).slice(-20_000);
  });
  server.stdout?.on("data", (chunk: Buffer) => {
    printed += chunk.toString();
  });
  const base = `http://127.0.0.1:${http}`;
  const until = Date.now() + 60_000;
  for (;;) {
    const ready = await fetch(`${base}/readyz`).catch(() => undefined);
    if (ready?.ok) break;
    if (server.exitCode !== null || Date.now() > until) throw new Error(`the server did not start:\n${log}`);
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  return {
    base,
    grpc: `127.0.0.1:${grpc}`,
    printed: () => printed,
    stop: async () => {
      const gone = new Promise((resolve) => server.once("exit", resolve));
      server.kill("SIGTERM");
      await gone;
      rmSync(data, { recursive: true, force: true });
    },
  };
}
