import { create } from "@bufbuild/protobuf";
import { type Duration, DurationSchema } from "@bufbuild/protobuf/wkt";

/** units of time that people choose from, in seconds. */
export const units = { s: 1, m: 60, h: 3600, d: 86400 } as const;
export type Unit = keyof typeof units;

/** seconds is a duration's length. */
export function seconds(duration: Duration): number {
  return Number(duration.seconds) + duration.nanos / 1e9;
}

/** duration is a length of time of so many seconds. */
export function duration(length: number): Duration {
  const whole = Math.trunc(length);
  return create(DurationSchema, { seconds: BigInt(whole), nanos: Math.round((length - whole) * 1e9) });
}

/** split tells a length in the largest unit that divides it. */
export function split(length: number): { amount: number; unit: Unit } {
  for (const unit of ["d", "h", "m"] as const) {
    if (length >= units[unit] && length % units[unit] === 0) return { amount: length / units[unit], unit };
  }
  return { amount: length, unit: "s" };
}

/** readDefault reads a default as descriptors write it: 30s, 5m. */
export function readDefault(text: string): number | undefined {
  const found = /^(\d+(?:\.\d+)?)(ms|s|m|h)$/.exec(text);
  if (!found) return undefined;
  return Number(found[1]) * { ms: 0.001, s: 1, m: 60, h: 3600 }[found[2] as "ms" | "s" | "m" | "h"];
}
