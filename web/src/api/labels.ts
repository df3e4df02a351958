import { type DescEnum, getOption, hasOption } from "@bufbuild/protobuf";
import { value as valueOption } from "@gen/flowdesk/v1/options_pb";
import { type Language, pick } from "@/i18n";

/** enumLabel is the label of an enum value from the descriptor, in the reader's language. Unset values have none. */
export function enumLabel(desc: DescEnum, number: number, lang: Language): string {
  const found = desc.value[number];
  if (!found || number === 0) return "";
  if (hasOption(found, valueOption)) return pick(getOption(found, valueOption), lang);
  return found.localName.toLowerCase().replaceAll("_", " ");
}

/** enumChoices are the values that a reader can choose from. */
export function enumChoices(desc: DescEnum, lang: Language): { value: number; label: string }[] {
  return desc.values
    .filter((v) => v.number !== 0)
    .map((v) => ({ value: v.number, label: enumLabel(desc, v.number, lang) }));
}
