import { lastPart } from "./titles";

/** by is who did something, as people know them: a person by name, a machine as API with its key's name; empty where nobody signs in. */
export function by(name: string, title: string): string {
  if (name === "" || name === "api") return "";
  const known = title || lastPart(name);
  return name.startsWith("apiKeys/") ? `API · ${known}` : known;
}
