import { Switch as Radix } from "radix-ui";

/** Switch is a yes or no that applies at once. */
export function Switch({
  checked,
  onChange,
  ...rest
}: {
  checked: boolean;
  onChange: (next: boolean) => void;
  id?: string;
  "aria-label"?: string;
  "aria-describedby"?: string;
  disabled?: boolean;
}) {
  return (
    <Radix.Root
      checked={checked}
      onCheckedChange={onChange}
      className="relative h-6 w-10 shrink-0 rounded-full bg-control data-[state=checked]:bg-primary disabled:opacity-50"
      {...rest}
    >
      <Radix.Thumb className="block size-5 translate-x-0.5 rounded-full bg-white transition-transform data-[state=checked]:translate-x-[18px]" />
    </Radix.Root>
  );
}
