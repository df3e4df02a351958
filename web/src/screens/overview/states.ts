import type { CommandState } from "@gen/flowdesk/v1/resource_command_pb";
import type { InstanceStatus } from "@gen/flowdesk/v1/resource_instance_pb";
import type { RobotState } from "@gen/flowdesk/v1/resource_robot_pb";

// The first page links to these states and needs nothing else of their resources, which weigh more than the page. The compiler checks the numbers.

/** failed, doubtful and manual are states of commands. */
export const failed: `${CommandState.FAILED}` = "6";
export const doubtful: `${CommandState.TIMEOUT},${CommandState.UNKNOWN}` = "7,8";
export const manual: `${CommandState.MANUAL}` = "11";

/** broken is the state of instances that failed. */
export const broken: `${InstanceStatus.FAILED}` = "4";

/** away are the states of robots that cannot be used. */
export const away: `${RobotState.OFFLINE},${RobotState.PAUSED},${RobotState.TRIPPED}` = "2,3,4";
