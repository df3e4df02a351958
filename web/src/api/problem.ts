import { Code, ConnectError } from "@connectrpc/connect";
import {
  BadRequestSchema,
  ErrorInfoSchema,
  LocalizedMessageSchema,
  RequestInfoSchema,
} from "@gen/google/rpc/error_details_pb";
import i18next from "i18next";

/** Problem is an error as people read it: what happened, where, and its code. */
export interface Problem {
  message: string;
  reason: string;
  code: string;
  fields: { field: string; description: string }[];
  /** Id under which the server's log tells of it; empty when the server was not reached. */
  request: string;
}

/** problem reads an error of any kind. */
export function problem(error: unknown): Problem {
  const failure = ConnectError.from(error);
  const info = failure.findDetails(ErrorInfoSchema)[0];
  const bad = failure.findDetails(BadRequestSchema)[0];
  const said = failure.findDetails(LocalizedMessageSchema)[0]?.message;
  return {
    message: failure.code === Code.PermissionDenied && !said ? i18next.t("access.denied") : said || spoken(failure),
    reason: info?.reason ?? "",
    code: Code[failure.code],
    fields:
      bad?.fieldViolations.map((v) => ({
        field: v.field,
        description: v.localizedMessage?.message || v.description,
      })) ?? [],
    request: failure.findDetails(RequestInfoSchema)[0]?.requestId ?? "",
  };
}

// What never reached the server has the browser's own words, which help nobody.
function spoken(failure: ConnectError): string {
  const lost = failure.code === Code.Unavailable || failure.cause instanceof TypeError;
  return lost && !failure.findDetails(ErrorInfoSchema).length ? i18next.t("console.unreachable") : failure.rawMessage;
}

/** isConflict tells that somebody else changed the thing since it was read. */
export function isConflict(error: unknown): boolean {
  const { reason } = problem(error);
  return (
    reason.endsWith("ETAG_MISMATCH") || reason.endsWith("REVISION_MISMATCH") || reason.endsWith("CONCURRENT_CHANGE")
  );
}

/** isMissing tells that there is no such thing, or not any more. */
export function isMissing(error: unknown): boolean {
  return ConnectError.from(error).code === Code.NotFound;
}

/** isDenied tells that the reader's role may not do it. */
export function isDenied(error: unknown): boolean {
  return ConnectError.from(error).code === Code.PermissionDenied;
}

/** isRefusal tells that asking again gives the same answer: nobody is signed in, or who is may not. */
export function isRefusal(error: unknown): boolean {
  return isDenied(error) || ConnectError.from(error).code === Code.Unauthenticated;
}
