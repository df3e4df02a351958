import { Bookmark, Columns3, X } from "lucide-react";
import { Popover } from "radix-ui";
import { type ReactNode, useState } from "react";
import { useLocation, useNavigate } from "react-router";
import { useText } from "@/i18n";
import { Button } from "@/ui/button";
import { Input } from "@/ui/field";
import { notFilters } from "./list-params";
import { useLook, withView } from "./look";

/** ListTools are the reader's own views of a list, and which columns it has and how high its rows are. */
export default function ListTools({ look, columns }: { look: string; columns: { key: string; head: ReactNode }[] }) {
  return (
    <span className="ml-auto flex gap-1">
      <Views look={look} />
      <Shape look={look} columns={columns} />
    </span>
  );
}

function Views({ look: name }: { look: string }) {
  const { t } = useText();
  const look = useLook(name);
  const { pathname, search } = useLocation();
  const navigate = useNavigate();
  const [open, setOpen] = useState(false);
  const [title, setTitle] = useState("");
  const present = new URLSearchParams(search);
  for (const key of notFilters) if (key !== "view" && key !== "order") present.delete(key);
  const query = present.toString();
  const save = () => {
    if (!title.trim()) return;
    look.keep(withView(look, { name: title.trim(), query }));
    setTitle("");
  };
  return (
    <Fold open={open} onOpen={setOpen} icon={<Bookmark />} label={t("list.views")}>
      {look.views.length === 0 ? (
        <p className="px-2 py-1 text-[13px] text-soft">{t("list.viewsHint")}</p>
      ) : (
        <ul>
          {look.views.map((view) => (
            <li key={view.name} className="flex items-center gap-1">
              <button
                type="button"
                aria-current={view.query === query || undefined}
                className="min-h-8 min-w-0 flex-1 truncate rounded-control px-2 text-left hover:bg-sunken aria-current:font-medium aria-current:text-primary max-md:min-h-10"
                onClick={() => {
                  setOpen(false);
                  void navigate(`${pathname}?${view.query}`);
                }}
              >
                {view.name}
              </button>
              <Button
                tone="quiet"
                size="icon"
                aria-label={t("list.forget", { name: view.name })}
                onClick={() => look.keep({ ...look, views: look.views.filter((v) => v !== view) })}
              >
                <X />
              </Button>
            </li>
          ))}
        </ul>
      )}
      <form
        className="mt-1 flex gap-1 border-t pt-2"
        onSubmit={(e) => {
          e.preventDefault();
          save();
        }}
      >
        <Input
          aria-label={t("list.viewName")}
          placeholder={t("list.viewName")}
          maxLength={40}
          value={title}
          onChange={(e) => setTitle(e.target.value)}
        />
        <Button type="submit" disabled={!title.trim()}>
          {t("do.save")}
        </Button>
      </form>
    </Fold>
  );
}

function Shape({ look: name, columns }: { look: string; columns: { key: string; head: ReactNode }[] }) {
  const { t } = useText();
  const look = useLook(name);
  const [open, setOpen] = useState(false);
  const toggle = (key: string) =>
    look.keep({
      ...look,
      hidden: look.hidden.includes(key) ? look.hidden.filter((k) => k !== key) : [...look.hidden, key],
    });
  return (
    <Fold open={open} onOpen={setOpen} icon={<Columns3 />} label={t("list.columns")}>
      <fieldset>
        <legend className="px-2 pb-1 text-xs text-faint">{t("list.columns")}</legend>
        {columns.slice(1).map(
          (column) =>
            column.key !== "do" && (
              <label
                key={column.key}
                className="flex min-h-8 cursor-pointer items-center gap-2 rounded-control px-2 hover:bg-sunken max-md:min-h-10"
              >
                <input
                  type="checkbox"
                  checked={!look.hidden.includes(column.key)}
                  onChange={() => toggle(column.key)}
                />
                {column.head}
              </label>
            ),
        )}
      </fieldset>
      <label className="mt-1 flex min-h-8 cursor-pointer items-center gap-2 border-t px-2 pt-1 max-md:hidden">
        <input type="checkbox" checked={look.dense} onChange={() => look.keep({ ...look, dense: !look.dense })} />
        {t("list.dense")}
      </label>
    </Fold>
  );
}

function Fold({
  open,
  onOpen,
  icon,
  label,
  children,
}: {
  open: boolean;
  onOpen: (open: boolean) => void;
  icon: ReactNode;
  label: string;
  children: ReactNode;
}) {
  return (
    <Popover.Root open={open} onOpenChange={onOpen}>
      <Popover.Trigger asChild>
        <Button tone="quiet" size="small">
          {icon} {label}
        </Button>
      </Popover.Trigger>
      <Popover.Portal>
        <Popover.Content
          align="end"
          sideOffset={4}
          aria-label={label}
          className="z-50 max-h-(--radix-popover-content-available-height) w-64 overflow-y-auto rounded-card border bg-surface p-2 shadow-lg"
        >
          {children}
        </Popover.Content>
      </Popover.Portal>
    </Popover.Root>
  );
}
