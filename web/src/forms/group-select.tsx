import { useTitles } from "@/parts/titles";
import { Select } from "@/ui/field";

/** GroupSelect names a group of the directory. One that is not known stays as it is. */
export function GroupSelect({
  value,
  onChange,
  ...rest
}: {
  value: string;
  onChange: (next: string) => void;
  disabled?: boolean;
  id?: string;
  "aria-label"?: string;
  "aria-describedby"?: string;
  "aria-invalid"?: boolean;
}) {
  const { groups } = useTitles();
  return (
    <Select {...rest} className="w-full" value={value} onChange={(e) => onChange(e.target.value)}>
      <option value="">—</option>
      {value && !groups.some((g) => g.id === value) && <option value={value}>{value}</option>}
      {groups
        .filter((g) => !g.mergedInto)
        .map((g) => (
          <option key={g.id} value={g.id}>
            {g.title || g.id}
          </option>
        ))}
    </Select>
  );
}
