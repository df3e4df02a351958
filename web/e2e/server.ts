import type { TestProject } from "vitest/node";
import { startProgram } from "./program";

declare module "vitest" {
  interface ProvidedContext {
    /** The programs under test, one for each worker. */
    programs: { base: string; grpc: string }[];
  }
}

/** setup starts a program for each worker, which the files of that worker share: open to everybody and with the demo in it. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const programs = await Promise.all(Array.from({ length: project.config.maxWorkers }, () => startProgram("dev")));
  project.provide(
    "programs",
    programs.map(({ base, grpc }) => ({ base, grpc })),
  );
  return async () => {
    await Promise.all(programs.map((program) => program.stop()));
  };
}
