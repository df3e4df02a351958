import { useQuery } from "@connectrpc/connect-query";
import { DirectoryService } from "@gen/flowdesk/v1/directory_service_pb";
import { NameOrder } from "@gen/flowdesk/v1/list_orders_pb";
import { RobotService } from "@gen/flowdesk/v1/robot_service_pb";
import { useMemo } from "react";

const kept = { staleTime: 60_000 };
// People choose from these lists, and look for names where they stand.
const byName = { pageSize: 500, order: NameOrder.FORWARD };

/** lastPart is the id at the end of a resource name. */
export function lastPart(name: string): string {
  return name.slice(name.lastIndexOf("/") + 1);
}

/** useTitles gives the names that people know groups, people and robots by; ids where there is no name. */
export function useTitles() {
  const groups = useQuery(DirectoryService.method.listGroups, byName, kept).data;
  const people = useQuery(DirectoryService.method.listPeople, byName, kept).data;
  const robots = useQuery(RobotService.method.listRobots, { pageSize: 500 }, kept).data;
  return useMemo(() => {
    const titles = (things: { id: string; title: string }[] | undefined) =>
      new Map(things?.map((thing) => [thing.id, thing.title]));
    const by = { group: titles(groups?.groups), person: titles(people?.people), robot: titles(robots?.robots) };
    return {
      group: (name: string) => by.group.get(lastPart(name)) || lastPart(name),
      person: (name: string) => by.person.get(lastPart(name)) || lastPart(name),
      robot: (name: string) => by.robot.get(lastPart(name)) || lastPart(name),
      people: people?.people ?? [],
      groups: groups?.groups ?? [],
      robots: robots?.robots ?? [],
    };
  }, [groups, people, robots]);
}
