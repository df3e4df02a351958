import type { TestProject } from "vitest/node";
import { startProgram } from "./program";

declare module "vitest" {
  interface ProvidedContext {
    base: string;
    grpc: string;
  }
}

/** setup starts the program that all tests share, open to everybody and with the demo in it. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const program = await startProgram("dev");
  project.provide("base", program.base);
  project.provide("grpc", program.grpc);
  return program.stop;
}
