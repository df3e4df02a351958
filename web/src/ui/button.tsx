import { cva, type VariantProps } from "class-variance-authority";
import type { ButtonHTMLAttributes, Ref } from "react";
import { cn } from "./cn";

const look = cva(
  "inline-flex shrink-0 items-center justify-center gap-1.5 whitespace-nowrap rounded-control font-medium transition-colors disabled:cursor-not-allowed disabled:opacity-50 [&_svg]:size-4 [&_svg]:shrink-0",
  {
    variants: {
      tone: {
        primary: "bg-primary text-primary-ink hover:opacity-90",
        plain: "border bg-surface text-ink hover:bg-sunken",
        quiet: "text-soft hover:bg-sunken hover:text-ink",
        danger: "border border-bad/40 bg-surface text-bad hover:bg-bad/10",
      },
      size: {
        normal: "h-8 px-3 max-md:h-10",
        small: "h-7 px-2 text-[13px] max-md:h-10",
        icon: "size-8 max-md:size-10",
      },
    },
    defaultVariants: { tone: "plain", size: "normal" },
  },
);

type Props = ButtonHTMLAttributes<HTMLButtonElement> & VariantProps<typeof look> & { ref?: Ref<HTMLButtonElement> };

/** Button is a button; an icon alone needs aria-label. */
export function Button({ tone, size, className, type = "button", ...rest }: Props) {
  return <button type={type} className={cn(look({ tone, size }), className)} {...rest} />;
}
