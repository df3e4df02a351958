import { create } from "@bufbuild/protobuf";
import { TestCaseResultSchema, TestCaseSchema } from "@gen/flowdesk/v1/test_case_pb";
import { cleanup, fireEvent, render, screen } from "@testing-library/react";
import { MemoryRouter } from "react-router";
import { beforeEach, expect, test, vi } from "vitest";
import { speakLanguage } from "@/i18n";
import { PublishTests } from "./publish-tests";
import type { Suite } from "./suite";

beforeEach(async () => {
  cleanup();
  await speakLanguage("en");
});

const cases = ["invoice", "refund", "night", "complaint", "hand-over"].map((id) =>
  create(TestCaseSchema, { id, name: `flows/f/testCases/${id}`, title: { en: id, zh: id } }),
);
const results = (...passed: boolean[]) =>
  new Map(
    passed.map((passed, i) => [
      cases[i]?.name ?? "",
      create(TestCaseResultSchema, {
        passed,
        expectations: passed ? [] : [{ expected: "a line", got: "silence", passed: false }],
      }),
    ]),
  );

function show(suite: Suite, consent = false) {
  const on = { onConsent: vi.fn(), onSkip: vi.fn(), onAgain: vi.fn(), onLeave: vi.fn() };
  render(
    <MemoryRouter>
      <PublishTests flow="f" suite={suite} consent={consent} {...on} />
    </MemoryRouter>,
  );
  return on;
}

test("a failed case leads to its page, says what it did not find, and is named where it is passed over", () => {
  const on = show({ state: "done", cases, results: results(false, true, false, false, false) });
  const link = screen.getByRole("link", { name: "Open “invoice” in the simulator" });
  expect(link.getAttribute("href")).toBe("/simulator?flow=f&version=draft&case=invoice");
  expect(screen.getAllByText("silence")).toHaveLength(4);
  const box = screen.getByRole("checkbox", { name: /invoice, night, complaint and 1 more/ });
  fireEvent.click(box);
  expect(on.onConsent).toHaveBeenCalledWith(true);
});

test("cases that were not run are passed over by number, and an unknown list as a whole", () => {
  show({ state: "skipped", cases, results: results(true) });
  expect(screen.getByRole("status").textContent).toBe("The tests were skipped.");
  screen.getByRole("checkbox", { name: /4 cases were not run/ });
  cleanup();
  show({ state: "overdue", cases: undefined, results: new Map() });
  screen.getByRole("checkbox", { name: /not tested/ });
});

test("what runs can be skipped, what passed asks nothing, and no cases lead to the simulator", () => {
  const on = show({ state: "running", cases, results: results(true) });
  screen.getByText("Running 2 of 5: refund");
  expect(screen.queryByRole("checkbox")).toBeNull();
  fireEvent.click(screen.getByRole("button", { name: "Skip the tests" }));
  expect(on.onSkip).toHaveBeenCalled();
  cleanup();
  show({ state: "done", cases: cases.slice(0, 1), results: results(true) });
  expect(screen.queryByRole("checkbox")).toBeNull();
  cleanup();
  show({ state: "done", cases: [], results: new Map() });
  expect(screen.queryByRole("checkbox")).toBeNull();
  expect(screen.getByRole("link", { name: "Record one in the simulator" }).getAttribute("href")).toBe(
    "/simulator?flow=f&version=draft",
  );
});
