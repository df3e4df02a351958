import { Code, ConnectError, type Interceptor } from "@connectrpc/connect";
import { AccessService } from "@gen/flowdesk/v1/access_service_pb";

const listeners = new Set<() => void>();

/** onSignedOut tells when a call finds that nobody is signed in (any more). */
export function onSignedOut(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

// Here the same code says that a password was wrong.
const asked: ReadonlySet<unknown> = new Set([
  AccessService.method.signIn,
  AccessService.method.createOwner,
  AccessService.method.changePassword,
]);

function hear(error: unknown, method: unknown): void {
  if (asked.has(method) || ConnectError.from(error).code !== Code.Unauthenticated) return;
  for (const listener of listeners) listener();
}

/** notice is the interceptor that hears of it, in streams under way too. */
export const notice: Interceptor = (next) => async (req) => {
  try {
    const answer = await next(req);
    return answer.stream ? { ...answer, message: heard(answer.message, req.method) } : answer;
  } catch (error) {
    hear(error, req.method);
    throw error;
  }
};

async function* heard<M>(messages: AsyncIterable<M>, method: unknown): AsyncIterable<M> {
  try {
    yield* messages;
  } catch (error) {
    hear(error, method);
    throw error;
  }
}
