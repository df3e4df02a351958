import type { DescField, DescMessage } from "@bufbuild/protobuf";

/** Suggestion is one completion: what replaces the word before the caret, and what it is. */
export interface Suggestion {
  text: string;
  type: string;
}

/** Suggest gives completions for the text before the caret. */
export type Suggest = (before: string) => Suggestion[];

/** Scope are the names that an expression can begin with. */
export type Scope = ReadonlyMap<string, DescMessage | string | ReadonlyMap<string, DescMessage | string>>;

const word = /[a-z_][\w]*(?:\.[\w]*)*$/i;

/** wordBefore is the name that is being typed, dots included. */
export function wordBefore(before: string): string {
  return word.exec(before)?.[0] ?? "";
}

/** suggestFrom completes names from a scope: roots first, then fields by the descriptors. */
export function suggestFrom(scope: Scope): Suggest {
  return (before) => {
    const parts = wordBefore(before).split(".");
    const typed = (parts.pop() ?? "").toLowerCase();
    let level: Scope | DescMessage | string | undefined = scope;
    for (const part of parts) level = step(level, part);
    return entries(level)
      .filter(([name]) => name.toLowerCase().startsWith(typed) && name !== typed)
      .slice(0, 30)
      .map(([text, type]) => ({ text, type }));
  };
}

function step(level: Scope | DescMessage | string | undefined, part: string): Scope | DescMessage | string | undefined {
  if (level === undefined || typeof level === "string") return undefined;
  if (isMap(level)) return level.get(part);
  const field = level.fields.find((f) => f.name === part);
  return field?.fieldKind === "message" ? field.message : undefined;
}

function entries(level: Scope | DescMessage | string | undefined): [string, string][] {
  if (level === undefined || typeof level === "string") return [];
  if (isMap(level))
    return [...level].map(([name, value]) => [
      name,
      typeof value === "string" ? value : isMap(value) ? "" : value.name,
    ]);
  return level.fields.map((f) => [f.name, typeOf(f)]);
}

function isMap(level: Scope | DescMessage): level is Scope {
  return level instanceof Map;
}

/** typeOf names a field's type as people read it. */
export function typeOf(f: DescField): string {
  switch (f.fieldKind) {
    case "message":
      return f.message.name;
    case "enum":
      return f.enum.name;
    case "list":
      return `list(${f.listKind === "message" ? f.message.name : f.listKind === "enum" ? f.enum.name : "text"})`;
    case "map":
      return "map";
    default:
      return { 1: "double", 2: "double", 8: "bool", 9: "string", 12: "bytes" }[f.scalar as number] ?? "int";
  }
}
