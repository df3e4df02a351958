import { type Dispatch, type SetStateAction, useEffect, useState } from "react";

const prefix = "flowdesk.unsent.";

// Who shows a text hears that it was sent.
const hearers = new Set<(name: string, sent: string) => void>();

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
export function useDraft(name: string | undefined): [string, Dispatch<SetStateAction<string>>] {
  const [text, setText] = useState(() => (name ? read(name) : ""));
  const [of, setOf] = useState(name);
  if (of !== name) {
    setOf(name);
    setText(name ? read(name) : "");
  }
  useEffect(() => {
    if (name && of === name) write(name, text);
  }, [name, of, text]);
  useEffect(() => {
    const hear = (sentOf: string, sent: string) => sentOf === name && setText((now) => unsent(now, sent));
    hearers.add(hear);
    return () => void hearers.delete(hear);
  }, [name]);
  return [text, setText];
}

/** unsent is what remains of a text of which a part was sent: what was typed after it, and all where it was rewritten. */
export function unsent(text: string, sent: string): string {
  const start = text.trimStart();
  return start.startsWith(sent) ? start.slice(sent.length).trimStart() : text;
}

/** forgetSent takes what was sent out of a kept text, also where the reader went elsewhere meanwhile: nobody finds it there to send it again. */
export function forgetSent(name: string, sent: string): void {
  write(name, unsent(read(name), sent));
  for (const hear of hearers) hear(name, sent);
}

/** forgetDrafts forgets every unsent text of this tab: whoever leaves on purpose leaves nothing to the next one. */
export function forgetDrafts(): void {
  try {
    for (const key of Object.keys(sessionStorage)) if (key.startsWith(prefix)) sessionStorage.removeItem(key);
  } catch {
    // Nothing was kept.
  }
}
