import { create } from "@bufbuild/protobuf";
import { timestampNow } from "@bufbuild/protobuf/wkt";
import { JobSchema } from "@gen/flowdesk/v1/resource_job_pb";
import { expect, test } from "vitest";
import { inTray } from "./jobs";

test("a job that runs stays in the tray, however many have ended since it was made", () => {
  const ended = Array.from({ length: 9 }, (_, i) => create(JobSchema, { name: `jobs/e${i}`, endTime: timestampNow() }));
  const running = create(JobSchema, { name: "jobs/r" });
  const names = inTray([...ended, running]).map((job) => job.name);
  expect(names).toEqual(["jobs/r", "jobs/e0", "jobs/e1", "jobs/e2", "jobs/e3"]);
});
