import type { WebhookUris } from "@gen/flowdesk/v1/resource_robot_pb";
import { addressOf, callbackKinds } from "./addresses";

/** Account is what the platform knows a robot by. */
export interface Account {
  base: string;
  robotId: string;
  key: string;
}

const quoted = (text: string) => `'${text.replaceAll("'", `'\\''`)}'`;

/**
 * bindingCommands are the calls that register a robot's callback addresses at the platform: messages by the robot's settings, the others
 * by their type. The key is needed only for robots that the platform checks; it is never written out.
 */
export function bindingCommands(account: Account, uris: WebhookUris | undefined): string[] {
  const query = `robotId=${encodeURIComponent(account.robotId)}${account.key ? "&key=$WORKTOOL_KEY" : ""}`;
  const call = (path: string, body: unknown) =>
    `curl -X POST "${account.base}${path}?${query}" -H 'Content-Type: application/json' -d ${quoted(JSON.stringify(body))}`;
  return callbackKinds.map(({ kind, type }) =>
    kind === "message"
      ? call("/robot/robotInfo/update", { openCallback: 1, replyAll: 1, callbackUrl: addressOf(uris, kind) })
      : call("/robot/robotInfo/callBack/bind", { type, callBackUrl: addressOf(uris, kind) }),
  );
}

/** tryCommand plays the platform: it reports a message, so that the way in can be tried without a phone. */
export function tryCommand(
  uris: WebhookUris | undefined,
  texts: { group: string; sender: string; text: string },
): string {
  const body = {
    spoken: texts.text,
    rawSpoken: texts.text,
    receivedName: texts.sender,
    groupName: texts.group,
    roomType: 1,
    atMe: "false",
    textType: 1,
  };
  return `curl -X POST "${addressOf(uris, "message")}" -H 'Content-Type: application/json' -d ${quoted(JSON.stringify(body))}`;
}
