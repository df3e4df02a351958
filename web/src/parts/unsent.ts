import { useEffect, useState } from "react";

const prefix = "flowdesk.unsent.";

// A browser may keep nothing, or be full: the text on screen is what counts.
function read(key: string): string {
  try {
    return sessionStorage.getItem(prefix + key) ?? "";
  } catch {
    return "";
  }
}

function write(key: string, text: string): void {
  try {
    if (text) sessionStorage.setItem(prefix + key, text);
    else sessionStorage.removeItem(prefix + key);
  } catch {
    // It is lost with the page.
  }
}

/**
 * useDraft is a text that is kept in this tab under a name until it is empty again: it is there after the sign-in ended and began anew, after a
 * reload, and when the reader comes back from elsewhere. Without a name it is an ordinary state.
 */
export function useDraft(name: string | undefined): [string, (text: string) => void] {
  const [text, setText] = useState(() => (name ? read(name) : ""));
  const [of, setOf] = useState(name);
  if (of !== name) {
    setOf(name);
    setText(name ? read(name) : "");
  }
  useEffect(() => {
    if (name && of === name) write(name, text);
  }, [name, of, text]);
  return [text, setText];
}

/** forgetDrafts forgets every unsent text of this tab: whoever leaves on purpose leaves nothing to the next one. */
export function forgetDrafts(): void {
  try {
    for (const key of Object.keys(sessionStorage)) if (key.startsWith(prefix)) sessionStorage.removeItem(key);
  } catch {
    // Nothing was kept.
  }
}
