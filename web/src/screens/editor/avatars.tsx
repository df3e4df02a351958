import type { FlowVisitor } from "@gen/flowdesk/v1/flow_presence_pb";
import { joined, useText } from "@/i18n";
import { cn } from "@/ui/cn";
import { Tip } from "@/ui/tip";

const shown = 3;

/** visitorName is what somebody else is called: by name, or as a visitor where nobody signs in. */
export function visitorName(visitor: FlowVisitor, index: number, someone: (number: number) => string): string {
  return visitor.person || someone(index + 1);
}

/** Avatars are the others who have this draft open. */
export function Avatars({ others }: { others: readonly FlowVisitor[] }) {
  const { t, lang } = useText();
  if (others.length === 0) return null;
  const names = others.map((v, i) => visitorName(v, i, (number) => t("drawing.someone", { number })));
  const all = t("drawing.present", { people: joined(names, lang) });
  return (
    <Tip text={all}>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: who is there must be readable by keyboard too */}
      <span className="flex -space-x-1.5" role="img" aria-label={all} tabIndex={0}>
        {names.slice(0, shown).map((name, i) => (
          <span
            key={others[i]?.page}
            className={cn(
              "grid size-7 place-items-center rounded-full border-2 border-surface bg-primary-soft text-xs font-medium text-primary",
              i > 0 && "max-md:hidden",
            )}
          >
            {[...name].slice(0, 1)}
          </span>
        ))}
        {names.length > shown && <More className="max-md:hidden" count={names.length - shown} />}
        {names.length > 1 && <More className="md:hidden" count={names.length - 1} />}
      </span>
    </Tip>
  );
}

function More({ count, className }: { count: number; className: string }) {
  return (
    <span
      className={cn(
        "grid size-7 place-items-center rounded-full border-2 border-surface bg-sunken text-xs text-soft",
        className,
      )}
    >
      +{count}
    </span>
  );
}
