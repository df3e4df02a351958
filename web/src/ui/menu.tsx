import type { DescMethod } from "@bufbuild/protobuf";
import { DropdownMenu } from "radix-ui";
import { createContext, type ReactNode, useContext } from "react";
import { useMay } from "@/api/me";
import { Button } from "./button";

/** MenuItem is one thing to do. */
export interface MenuItem {
  label: ReactNode;
  onSelect: () => void;
  icon?: ReactNode;
  danger?: boolean;
  disabled?: boolean;
  /** Method that it calls: it is disabled where the reader's role may not. */
  needs?: DescMethod;
}

/** Spread makes the menus within show what they hold as buttons: where there is room nothing hides behind a trigger. */
export const Spread = createContext(false);

/** Menu opens a list of things to do from its trigger; spread out, it shows those that can be done now. */
export function Menu({ trigger, items }: { trigger: ReactNode; items: (MenuItem | "line")[] }) {
  const may = useMay();
  if (useContext(Spread))
    return (
      <div className="flex flex-wrap justify-end gap-2">
        {items
          .filter((item) => item !== "line")
          .filter((item) => !item.disabled)
          .map((item, i) => (
            <Button
              // biome-ignore lint/suspicious/noArrayIndexKey: an item has no name of its own
              key={i}
              disabled={item.needs ? !may(item.needs) : false}
              onClick={item.onSelect}
            >
              {item.icon}
              {item.label}
            </Button>
          ))}
      </div>
    );
  return (
    <DropdownMenu.Root modal={false}>
      <DropdownMenu.Trigger asChild>{trigger}</DropdownMenu.Trigger>
      <DropdownMenu.Portal>
        <DropdownMenu.Content
          align="end"
          sideOffset={4}
          className="z-50 max-h-(--radix-dropdown-menu-content-available-height) min-w-40 overflow-y-auto rounded-card border bg-surface p-1 shadow-lg"
        >
          {items.map((item, i) =>
            item === "line" ? (
              // biome-ignore lint/suspicious/noArrayIndexKey: a line has nothing else
              <DropdownMenu.Separator key={i} className="my-1 h-px bg-line" />
            ) : (
              <DropdownMenu.Item
                // biome-ignore lint/suspicious/noArrayIndexKey: the list does not change while it is open
                key={i}
                disabled={item.disabled || (item.needs ? !may(item.needs) : false)}
                onSelect={item.onSelect}
                className={`flex cursor-pointer items-center gap-2 rounded-control px-2 py-1.5 outline-none select-none data-disabled:opacity-50 data-highlighted:bg-sunken max-md:py-2.5 [&_svg]:size-4 ${item.danger ? "text-bad" : ""}`}
              >
                {item.icon}
                {item.label}
              </DropdownMenu.Item>
            ),
          )}
        </DropdownMenu.Content>
      </DropdownMenu.Portal>
    </DropdownMenu.Root>
  );
}
