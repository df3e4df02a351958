/** Difference is one value that a change changed. */
export interface Difference {
  path: string;
  before: string;
  after: string;
}

// These change with every change and say nothing of it.
const always = new Set(["etag", "updateTime"]);

/** differences compares two resources as JSON, value by value, in the order in which they stand. */
export function differences(before: string, after: string): Difference[] {
  const [old, now] = [leaves(read(before)), leaves(read(after))];
  const paths = [...new Set([...old.keys(), ...now.keys()])];
  return paths
    .map((path) => ({ path, before: old.get(path) ?? "", after: now.get(path) ?? "" }))
    .filter((d) => d.before !== d.after && !always.has(d.path));
}

/** pretty is JSON as people read it; what was cut off stays as it is. */
export function pretty(text: string): string {
  const value = read(text);
  return typeof value === "string" ? value : JSON.stringify(value, null, 2);
}

// A text that was cut is not JSON any more and counts as one value.
function read(text: string): unknown {
  if (!text) return undefined;
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

function leaves(value: unknown, path = "", into = new Map<string, string>()): Map<string, string> {
  if (value === undefined) return into;
  if (value === null || typeof value !== "object") {
    into.set(path, typeof value === "string" ? value : JSON.stringify(value));
    return into;
  }
  for (const [key, inner] of Object.entries(value)) leaves(inner, path ? `${path}.${key}` : key, into);
  return into;
}

/** titleOf is what people call a resource that was changed: its title or its text, as it is afterwards or was before; at most 40 characters. */
export function titleOf(record: { before: string; after: string }): string {
  for (const text of [record.after, record.before]) {
    const value = read(text);
    if (typeof value !== "object" || value === null) continue;
    for (const key of ["title", "text"]) {
      const said = Object.entries(value).find(([name]) => name === key)?.[1];
      if (typeof said === "string" && said) return [...said].length > 40 ? `${[...said].slice(0, 40).join("")}…` : said;
    }
  }
  return "";
}
