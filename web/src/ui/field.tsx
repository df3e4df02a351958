import {
  type InputHTMLAttributes,
  type ReactNode,
  type Ref,
  type SelectHTMLAttributes,
  type TextareaHTMLAttributes,
  useId,
} from "react";
import { cn } from "./cn";

const control =
  "rounded-control border border-control/60 bg-surface px-2 text-ink placeholder:text-faint disabled:opacity-60 aria-invalid:border-bad";

/** Input is one line of text. */
export function Input({
  className,
  ref,
  ...rest
}: InputHTMLAttributes<HTMLInputElement> & { ref?: Ref<HTMLInputElement> }) {
  return <input ref={ref} className={cn(control, "h-8 w-full max-md:h-10", className)} {...rest} />;
}

/** Textarea is several lines of text. */
export function Textarea({
  className,
  ref,
  ...rest
}: TextareaHTMLAttributes<HTMLTextAreaElement> & { ref?: Ref<HTMLTextAreaElement> }) {
  return <textarea ref={ref} className={cn(control, "w-full py-1.5", className)} {...rest} />;
}

/** Select is the browser's own: it works with every keyboard, phone and reader. */
export function Select({ className, ...rest }: SelectHTMLAttributes<HTMLSelectElement>) {
  return <select className={cn(control, "h-8 max-md:h-10", className)} {...rest} />;
}

/** Field is a control with its label, help and error. The child gets the id and what describes it. */
export function Field({
  label,
  help,
  error,
  action,
  children,
}: {
  label: ReactNode;
  help?: ReactNode;
  error?: string | undefined;
  action?: ReactNode;
  children: (props: { id: string; "aria-describedby": string; "aria-invalid": boolean }) => ReactNode;
}) {
  const id = useId();
  return (
    <div className="flex flex-col gap-1">
      <div className="flex items-center justify-between gap-2">
        <label id={`${id}-label`} htmlFor={id} className="text-[13px] font-medium text-soft">
          {label}
        </label>
        {action}
      </div>
      {children({ id, "aria-describedby": `${id}-help`, "aria-invalid": Boolean(error) })}
      <div id={`${id}-help`} className="text-xs leading-[18px] text-faint empty:hidden">
        {error ? <span className="text-bad">{error}</span> : help}
      </div>
    </div>
  );
}
