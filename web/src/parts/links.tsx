import type { ReactNode } from "react";
import { Link } from "react-router";
import { lastPart } from "./titles";

const style = "text-primary hover:underline";

// From any of message, instance, command, task, alert and group the others are one click away.

/** GroupLink opens a group's chat. */
export function GroupLink({ session, children }: { session: string; children: ReactNode }) {
  if (!session) return null;
  return (
    <Link
      className={`${style} inline-block max-w-44 truncate align-middle`}
      {...(typeof children === "string" ? { title: children } : {})}
      to={`/sessions/${encodeURIComponent(lastPart(session))}`}
    >
      {children}
    </Link>
  );
}

/** InstanceLink opens an instance. */
export function InstanceLink({ instance, children }: { instance: string; children: ReactNode }) {
  if (!instance) return null;
  return (
    <Link className={style} to={`/instances/${encodeURIComponent(lastPart(instance))}`}>
      {children}
    </Link>
  );
}

/** WhyLink tells why a message was said, or why it got no answer. */
export function WhyLink({ message, children }: { message: string; children: ReactNode }) {
  if (!message) return null;
  return (
    <Link className={style} to={`/messages/${encodeURIComponent(lastPart(message))}`}>
      {children}
    </Link>
  );
}

/** CommandLink opens a command beside the queue. */
export function CommandLink({ command, children }: { command: string; children: ReactNode }) {
  if (!command) return null;
  return (
    <Link className={style} to={`/commands?open=${encodeURIComponent(lastPart(command))}`}>
      {children}
    </Link>
  );
}
