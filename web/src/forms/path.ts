import type { Diagnostic } from "@gen/flowdesk/v1/resource_flow_pb";

/** at joins a path and a field as the compiler writes them: cases.cases[0].when. */
export function at(path: string, field: string | number): string {
  if (typeof field === "number") return `${path}[${field}]`;
  return path ? `${path}.${field}` : field;
}

/** findingsAt are the findings of exactly one field. */
export function findingsAt(findings: readonly Diagnostic[], path: string): Diagnostic[] {
  return findings.filter((f) => f.field === path);
}

/** findingsUnder are the findings of a field and of everything in it. */
export function findingsUnder(findings: readonly Diagnostic[], path: string): Diagnostic[] {
  return findings.filter((f) => f.field === path || f.field.startsWith(`${path}.`) || f.field.startsWith(`${path}[`));
}
