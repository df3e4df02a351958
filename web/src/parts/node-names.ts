import { createQueryOptions, useTransport } from "@connectrpc/connect-query";
import { FlowService } from "@gen/flowdesk/v1/flow_service_pb";
import type { Instance } from "@gen/flowdesk/v1/resource_instance_pb";
import { useQueries } from "@tanstack/react-query";

/** useNodeNames tells a node of an instance by the name that it has in the instance's version; until that is known, and without one, by its id. */
export function useNodeNames(instances: readonly Instance[]): (instance: Instance, node: string) => string {
  const transport = useTransport();
  const versions = [...new Set(instances.filter((i) => i.version > 0).map(versionOf))];
  const read = useQueries({
    queries: versions.map((name) => ({
      ...createQueryOptions(FlowService.method.getFlowVersion, { name }, { transport }),
      // A version never changes.
      staleTime: Number.POSITIVE_INFINITY,
      retry: false,
    })),
  });
  const names = new Map(
    versions.map((name, i) => [
      name,
      new Map((read[i]?.data?.flowVersion?.definition?.nodes ?? []).map((n) => [n.id, n.name])),
    ]),
  );
  return (instance, node) => names.get(versionOf(instance))?.get(node) || node;
}

/** eachOnce names several things of one name once, with their number. */
export function eachOnce(names: readonly string[]): string[] {
  const count = new Map<string, number>();
  for (const name of names) count.set(name, (count.get(name) ?? 0) + 1);
  return [...count].map(([name, times]) => (times > 1 ? `${name} ×${times}` : name));
}

function versionOf(instance: Instance): string {
  return `flows/${instance.flow.replace(/^flows\//, "")}/versions/${instance.version}`;
}
