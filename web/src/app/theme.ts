/** Theme is the appearance that the reader chose. */
export type Theme = "light" | "dark" | "system";

const stored = "flowdesk.theme";

/** theme is the present choice. */
export function theme(): Theme {
  const kept = localStorage.getItem(stored);
  return kept === "light" || kept === "dark" ? kept : "system";
}

/** wear applies a choice at once and remembers it. */
export function wear(next: Theme): void {
  localStorage.setItem(stored, next);
  paint();
}

function paint(): void {
  const dark = theme() === "dark" || (theme() === "system" && matchMedia("(prefers-color-scheme: dark)").matches);
  document.documentElement.classList.toggle("dark", dark);
}

matchMedia("(prefers-color-scheme: dark)").addEventListener("change", paint);
