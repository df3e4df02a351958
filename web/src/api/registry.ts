import { createRegistry, type JsonValue, type Message, toJson } from "@bufbuild/protobuf";
import { file_flowdesk_v1_definition } from "@gen/flowdesk/v1/definition_pb";
import { file_flowdesk_v1_event } from "@gen/flowdesk/v1/event_pb";
import { file_flowdesk_v1_nodes_after_sales } from "@gen/flowdesk/v1/nodes_after_sales_pb";
import { file_flowdesk_v1_nodes_general } from "@gen/flowdesk/v1/nodes_general_pb";
import { file_flowdesk_v1_nodes_message } from "@gen/flowdesk/v1/nodes_message_pb";
import { file_flowdesk_v1_nodes_operator } from "@gen/flowdesk/v1/nodes_operator_pb";
import { file_flowdesk_v1_nodes_reply } from "@gen/flowdesk/v1/nodes_reply_pb";
import { file_flowdesk_v1_nodes_session } from "@gen/flowdesk/v1/nodes_session_pb";
import { file_flowdesk_v1_nodes_staff } from "@gen/flowdesk/v1/nodes_staff_pb";
import { file_flowdesk_v1_resource_task } from "@gen/flowdesk/v1/resource_task_pb";
import { file_flowdesk_v1_state } from "@gen/flowdesk/v1/state_pb";
import { file_flowdesk_v1_types } from "@gen/flowdesk/v1/types_pb";
import { file_flowdesk_v1_understanding } from "@gen/flowdesk/v1/understanding_pb";
import { file_flowdesk_v1_view } from "@gen/flowdesk/v1/view_pb";

/**
 * registry knows every message of the flow language, and of what its expressions read, so that outputs that come as any message can be
 * read and names completed.
 */
export const registry = createRegistry(
  file_flowdesk_v1_definition,
  file_flowdesk_v1_nodes_message,
  file_flowdesk_v1_nodes_operator,
  file_flowdesk_v1_nodes_staff,
  file_flowdesk_v1_nodes_after_sales,
  file_flowdesk_v1_nodes_reply,
  file_flowdesk_v1_nodes_session,
  file_flowdesk_v1_nodes_general,
  file_flowdesk_v1_event,
  file_flowdesk_v1_resource_task,
  file_flowdesk_v1_state,
  file_flowdesk_v1_types,
  file_flowdesk_v1_understanding,
  file_flowdesk_v1_view,
);

/** jsonOf writes a message as the JSON that files and the API use. */
export function jsonOf(message: Message): JsonValue {
  const desc = registry.getMessage(message.$typeName);
  return desc ? toJson(desc, message, { registry }) : null;
}
