import { create } from "@bufbuild/protobuf";
import { Code, ConnectError } from "@connectrpc/connect";
import { ErrorInfoSchema, RequestInfoSchema } from "@gen/google/rpc/error_details_pb";
import { act, cleanup, render } from "@testing-library/react";
import { afterEach, expect, test, vi } from "vitest";
import { problem } from "@/api/problem";
import { Failure } from "./states";
import { Toasts, toast, toastFailure } from "./toast";

const id = "4bf92f3577b34da6a3ce929d0e0e4736";

function refused(code: Code): ConnectError {
  return new ConnectError("no", code, undefined, [
    { desc: ErrorInfoSchema, value: create(ErrorInfoSchema, { reason: "ERROR_REASON_X" }) },
    { desc: RequestInfoSchema, value: create(RequestInfoSchema, { requestId: id }) },
  ]);
}

afterEach(() => {
  cleanup();
  vi.useRealTimers();
});

test("a failure shows the id of its request, a refusal too", () => {
  for (const code of [Code.NotFound, Code.PermissionDenied, Code.Internal]) {
    expect(render(<Failure error={refused(code)} />).container.textContent).toContain(id);
    cleanup();
  }
});

test("what never reached the server has no id", () => {
  expect(problem(new ConnectError("lost", Code.Unavailable)).request).toBe("");
  expect(render(<Failure error={new TypeError("fetch")} />).container.querySelector("code")).toBeNull();
});

test("a toast about a failure shows the id, one about a success none", () => {
  vi.useFakeTimers();
  const { container } = render(<Toasts />);
  act(() => toast("done"));
  expect(container.textContent).toBe("done");
  act(() => toastFailure(refused(Code.Aborted)));
  expect(container.textContent).toContain(id);
  act(() => vi.runAllTimers());
  expect(container.textContent).toBe("");
});
