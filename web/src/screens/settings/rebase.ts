import { clone, type DescField, fromJson, type JsonObject, type JsonValue, toJson } from "@bufbuild/protobuf";
import { reflect } from "@bufbuild/protobuf/reflect";
import { type Settings, SettingsSchema } from "@gen/flowdesk/v1/resource_settings_pb";

/** fields are all settings but the etag. */
export const fields: readonly DescField[] = SettingsSchema.fields.filter((f) => f.name !== "etag");

const jsonOf = (settings: Settings, field: DescField): JsonValue | undefined => {
  const json = toJson(SettingsSchema, settings, { useProtoFieldName: true }) as JsonObject;
  return json[field.name];
};

/** textOf is a setting's value as text; empty when it is not set. */
export function textOf(settings: Settings, field: DescField): string {
  const value = jsonOf(settings, field);
  if (value === undefined) return "";
  if (Array.isArray(value) && value.every((item) => typeof item === "string")) return value.join("、");
  return typeof value === "object" ? JSON.stringify(value, null, 1) : String(value);
}

/** changedOf names the fields in which two settings differ. */
export function changedOf(a: Settings, b: Settings): string[] {
  const [one, other] = [a, b].map((s) => toJson(SettingsSchema, s, { useProtoFieldName: true }) as JsonObject);
  return fields.map((f) => f.name).filter((name) => JSON.stringify(one?.[name]) !== JSON.stringify(other?.[name]));
}

/** take gives settings with some fields of another one; a field that is not set there is cleared. */
export function take(into: Settings, from: Settings, names: readonly string[]): Settings {
  const next = clone(SettingsSchema, into);
  const [to, source] = [reflect(SettingsSchema, next), reflect(SettingsSchema, clone(SettingsSchema, from))];
  for (const field of fields) {
    if (!names.includes(field.name)) continue;
    if (source.isSet(field)) to.set(field, source.get(field));
    else to.clear(field);
  }
  return next;
}

/** Rebased is a draft on top of what somebody else saved meanwhile. */
export interface Rebased {
  /** The draft with their changes and mine; where both changed a field, with mine. */
  draft: Settings;
  /** Fields that both changed, and not to the same value. */
  both: string[];
}

/** rebase keeps everybody's changes: theirs where only they changed a field, mine where I did. */
export function rebase(base: Settings, draft: Settings, theirs: Settings): Rebased {
  const mine = changedOf(base, draft);
  const other = new Set(changedOf(base, theirs));
  const differ = new Set(changedOf(draft, theirs));
  return { draft: take(theirs, draft, mine), both: mine.filter((name) => other.has(name) && differ.has(name)) };
}

/** packed is what of a draft is not saved, as a text to keep; unpacked puts it on top of settings again. */
export function packed(base: Settings, draft: Settings): string {
  const json = toJson(SettingsSchema, draft, { useProtoFieldName: true }) as JsonObject;
  return JSON.stringify(Object.fromEntries(changedOf(base, draft).map((name) => [name, json[name] ?? null])));
}
export function unpacked(base: Settings, text: string): Settings {
  const kept = JSON.parse(text) as JsonObject;
  const known = fields.filter((f) => f.name in kept).map((f) => f.name);
  return take(base, fromJson(SettingsSchema, kept, { ignoreUnknownFields: true }), known);
}
