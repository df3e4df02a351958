import type { DescMethod } from "@bufbuild/protobuf";
import { useQuery } from "@connectrpc/connect-query";
import { AccessService } from "@gen/flowdesk/v1/access_service_pb";
import { useMemo } from "react";

const kept = { staleTime: 60_000 };

/** useMe is who reads the console, and whether the server asks that at all (open). */
export function useMe() {
  return useQuery(AccessService.method.whoAmI, {}, kept);
}

/** useMay tells whether the reader may call a method. Until that is known everything looks as if: the server decides anyway. */
export function useMay(): (method: DescMethod) => boolean {
  const { data } = useMe();
  return useMemo(() => {
    const methods = data && !data.open ? new Set(data.methods) : undefined;
    return (method) => methods?.has(`${method.parent.name}.${method.name}`) ?? true;
  }, [data]);
}
