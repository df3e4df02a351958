import { create } from "@bufbuild/protobuf";
import { WebhookUrisSchema } from "@gen/flowdesk/v1/resource_robot_pb";
import { expect, test } from "vitest";
import { bindingCommands, tryCommand } from "./curl";

const uris = create(WebhookUrisSchema, {
  message: "https://d/m",
  result: "https://d/r",
  online: "https://d/on",
  offline: "https://d/off",
  qrCode: "https://d/qr",
});

test("each callback is registered by its own call, messages by the robot's settings", () => {
  const commands = bindingCommands({ base: "https://p", robotId: "wt 1", key: "" }, uris);
  expect(commands).toHaveLength(5);
  expect(commands[0]).toBe(
    `curl -X POST "https://p/robot/robotInfo/update?robotId=wt%201" -H 'Content-Type: application/json' -d '{"openCallback":1,"replyAll":1,"callbackUrl":"https://d/m"}'`,
  );
  expect(commands.slice(1).map((c) => /"type":(\d+),"callBackUrl":"([^"]+)"/.exec(c)?.slice(1))).toEqual([
    ["1", "https://d/r"],
    ["5", "https://d/on"],
    ["6", "https://d/off"],
    ["0", "https://d/qr"],
  ]);
});

test("a key is named and never written out", () => {
  for (const command of bindingCommands({ base: "https://p", robotId: "r", key: "top-secret" }, uris)) {
    expect(command).toContain("&key=$WORKTOOL_KEY");
    expect(command).not.toContain("top-secret");
  }
});

test("quotes in a text do not end the shell's", () => {
  const command = tryCommand(uris, { group: "g", sender: "s", text: "it's" });
  expect(command).toContain(`it'\\''s`);
});
