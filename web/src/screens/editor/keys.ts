import type { ClipboardEvent, KeyboardEvent } from "react";

/** Keys are what the keyboard does in the editor. */
export interface Keys {
  undo: () => void;
  redo: () => void;
  /** Says that they are copied, and gives their text; nothing when nothing is selected. */
  copy: () => string | undefined;
  cut: () => void;
  duplicate: () => void;
  paste: (text: string) => boolean;
  remove: (heal?: boolean) => void;
  add: () => void;
  all: () => void;
  find: () => void;
  tidy: () => void;
  frame: () => void;
  note: () => void;
  fit: () => void;
  zoom: (by: number) => void;
  save: () => void;
  help: () => void;
  escape: () => void;
  walk: (way: "up" | "down" | "left" | "right") => void;
  rename: () => void;
  configure: () => void;
  fitSelection: () => void;
  reach: (way: "left" | "right") => void;
  connect: () => void;
  breakpoint: () => void;
  toggle: () => void;
  test: () => void;
  step: () => void;
  runTo: () => void;
  lock: () => void;
  nudge: (x: number, y: number) => boolean;
  cycle: (back: boolean) => boolean;
}

/** bindings are the keys of the editor by the key produced, so that every keyboard layout works; the sheet of shortcuts shows the same table. */
export const bindings: {
  keys: string;
  text: Exclude<keyof Keys, "nudge" | "cycle"> | "detach";
  run: (keys: Keys) => void;
}[] = [
  { keys: "mod+z", text: "undo", run: (k) => k.undo() },
  { keys: "mod+shift+z", text: "redo", run: (k) => k.redo() },
  { keys: "mod+y", text: "redo", run: (k) => k.redo() },
  { keys: "mod+x", text: "cut", run: (k) => k.cut() },
  { keys: "mod+d", text: "duplicate", run: (k) => k.duplicate() },
  { keys: "mod+a", text: "all", run: (k) => k.all() },
  { keys: "mod+f", text: "find", run: (k) => k.find() },
  { keys: "mod+s", text: "save", run: (k) => k.save() },
  { keys: "n", text: "add", run: (k) => k.add() },
  { keys: "/", text: "add", run: (k) => k.add() },
  { keys: "s", text: "note", run: (k) => k.note() },
  { keys: "g", text: "frame", run: (k) => k.frame() },
  { keys: "delete", text: "remove", run: (k) => k.remove() },
  { keys: "backspace", text: "remove", run: (k) => k.remove() },
  { keys: "x", text: "detach", run: (k) => k.remove(true) },
  { keys: "mod+delete", text: "detach", run: (k) => k.remove(true) },
  { keys: "mod+backspace", text: "detach", run: (k) => k.remove(true) },
  { keys: "alt+shift+t", text: "tidy", run: (k) => k.tidy() },
  { keys: "alt+arrowright", text: "walk", run: (k) => k.walk("right") },
  { keys: "alt+arrowleft", text: "walk", run: (k) => k.walk("left") },
  { keys: "alt+arrowdown", text: "walk", run: (k) => k.walk("down") },
  { keys: "alt+arrowup", text: "walk", run: (k) => k.walk("up") },
  { keys: "alt+shift+arrowright", text: "reach", run: (k) => k.reach("right") },
  { keys: "alt+shift+arrowleft", text: "reach", run: (k) => k.reach("left") },
  { keys: "c", text: "connect", run: (k) => k.connect() },
  { keys: "b", text: "breakpoint", run: (k) => k.breakpoint() },
  { keys: "e", text: "toggle", run: (k) => k.toggle() },
  { keys: "l", text: "lock", run: (k) => k.lock() },
  { keys: "mod+enter", text: "test", run: (k) => k.test() },
  { keys: "alt+r", text: "runTo", run: (k) => k.runTo() },
  { keys: "f10", text: "step", run: (k) => k.step() },
  { keys: "enter", text: "configure", run: (k) => k.configure() },
  { keys: "f2", text: "rename", run: (k) => k.rename() },
  { keys: "1", text: "fit", run: (k) => k.fit() },
  { keys: "2", text: "fitSelection", run: (k) => k.fitSelection() },
  { keys: "0", text: "zoom", run: (k) => k.zoom(0) },
  { keys: "+", text: "zoom", run: (k) => k.zoom(1.2) },
  { keys: "-", text: "zoom", run: (k) => k.zoom(1 / 1.2) },
  { keys: "escape", text: "escape", run: (k) => k.escape() },
  { keys: "?", text: "help", run: (k) => k.help() },
];

/** chord names what was pressed. */
export function chord(e: Pick<KeyboardEvent, "key" | "ctrlKey" | "metaKey" | "altKey" | "shiftKey">): string {
  const key = e.key.toLowerCase();
  const shift = e.shiftKey && (key.length > 1 || e.ctrlKey || e.metaKey || e.altKey);
  return [e.ctrlKey || e.metaKey ? "mod" : "", e.altKey ? "alt" : "", shift ? "shift" : "", key]
    .filter(Boolean)
    .join("+");
}

const typing = (target: EventTarget) =>
  (target as HTMLElement).closest("input,textarea,select,[contenteditable],[role=dialog]") !== null;
const onControl = (target: EventTarget) => (target as HTMLElement).closest("button,a,summary,[role=tab]") !== null;

const arrows: Record<string, [number, number]> = {
  arrowleft: [-8, 0],
  arrowright: [8, 0],
  arrowup: [0, -8],
  arrowdown: [0, 8],
};

// Arrows move what is selected, or the view; Tab goes through the nodes as they run, and on to the page at their end.
function moved(e: KeyboardEvent, pressed: string, keys: Keys): boolean {
  if ((e.target as HTMLElement).dataset.canvas === undefined) return false;
  const step = arrows[pressed.replace("shift+", "")];
  if (step) return keys.nudge(step[0] * (e.shiftKey ? 5 : 1), step[1] * (e.shiftKey ? 5 : 1));
  if (pressed === "tab" || pressed === "shift+tab") return keys.cycle(e.shiftKey);
  return false;
}

/** useKeys binds the keys: never while one types or composes, and never over what a focused control does itself. */
export function useKeys(keys: Keys) {
  return {
    onKeyDown: (e: KeyboardEvent) => {
      if (e.nativeEvent.isComposing || typing(e.target)) return;
      const pressed = chord(e);
      if (onControl(e.target) && (pressed === "enter" || pressed === " ")) return;
      if (moved(e, pressed, keys)) {
        e.preventDefault();
        return;
      }
      const bound = bindings.find((b) => b.keys === pressed);
      if (!bound) return;
      e.preventDefault();
      bound.run(keys);
    },
    onPaste: (e: ClipboardEvent) => {
      if (!typing(e.target) && keys.paste(e.clipboardData.getData("text"))) e.preventDefault();
    },
    onCopy: (e: ClipboardEvent) => {
      if (typing(e.target) || document.getSelection()?.toString()) return;
      // The event's own clipboard works on plain http too.
      const text = keys.copy();
      if (text === undefined) return;
      e.clipboardData.setData("text/plain", text);
      e.preventDefault();
    },
  };
}
