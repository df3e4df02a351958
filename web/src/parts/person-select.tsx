import { useTitles } from "@/parts/titles";
import { OneOf } from "@/ui/one-of";

/** PersonSelect chooses somebody of the directory, by resource name; empty is nobody. */
export function PersonSelect({
  value,
  onChange,
  nobody = "—",
  ...field
}: {
  value: string;
  onChange: (name: string) => void;
  /** What nobody is called. */
  nobody?: string;
  id: string;
  "aria-describedby": string;
  "aria-invalid": boolean;
}) {
  const people = useTitles().people.map((p) => ({ value: p.name, label: p.title, also: p.id }));
  return <OneOf {...field} choices={[{ value: "", label: nobody }, ...people]} value={value} onChange={onChange} />;
}
