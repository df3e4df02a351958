import { Combo, type ComboChoice } from "./combo";
import { Select } from "./field";

/** few is how many choices are seen at a glance; of more one is found by typing, by pinyin too. */
const few = 10;

/** OneOf chooses one thing by name: in the browser's own list, or, of many, in one that can be searched. */
export function OneOf({
  choices,
  value,
  onChange,
  ...field
}: {
  choices: ComboChoice[];
  value: string;
  onChange: (value: string) => void;
  id: string;
  "aria-describedby": string;
  "aria-invalid": boolean;
}) {
  if (choices.length > few) return <Combo {...field} choices={choices} value={value} onChange={onChange} />;
  return (
    <Select {...field} value={value} onChange={(e) => onChange(e.target.value)}>
      {choices.map((c) => (
        <option key={c.value} value={c.value}>
          {c.label}
        </option>
      ))}
    </Select>
  );
}
