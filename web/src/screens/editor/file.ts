import { type JsonObject, toJson } from "@bufbuild/protobuf";
import { FlowDefinitionSchema, FlowLayoutSchema } from "@gen/flowdesk/v1/definition_pb";
import { FlowService, type ValidateFlowResponse } from "@gen/flowdesk/v1/flow_service_pb";
import { Document, isMap, isSeq } from "yaml";
import { client } from "@/api/transport";
import type { Doc } from "@/graph/doc";

/** toFile writes a flow as the file that the command line reads and writes. */
export function toFile(doc: Doc, format: "yaml" | "json" = "yaml"): string {
  const options = { useProtoFieldName: true };
  const file = toJson(FlowDefinitionSchema, doc.definition, options) as JsonObject;
  if (doc.layout.positions.length + doc.layout.frames.length + doc.layout.notes.length > 0)
    file.layout = toJson(FlowLayoutSchema, doc.layout, options);
  if (format === "json") return `${JSON.stringify(file, null, 2)}\n`;
  const tree = new Document(file);
  // Where things stand takes a line each.
  for (const part of ["positions", "frames", "notes"]) {
    const list = tree.getIn(["layout", part]);
    if (isSeq(list)) for (const item of list.items) if (isMap(item)) item.flow = true;
  }
  return tree.toString({ lineWidth: 140, flowCollectionPadding: false });
}

/** readFile lets the server read a file, YAML or JSON, so that both read alike; findings have line and column. */
export async function readFile(source: string): Promise<{ doc: Doc | undefined; answer: ValidateFlowResponse }> {
  const answer = await client(FlowService).validateFlow({ subject: { case: "source", value: source } });
  const { definition, layout } = answer;
  return {
    answer,
    doc: definition
      ? {
          definition,
          layout:
            layout ?? ({ $typeName: "flowdesk.v1.FlowLayout", positions: [], frames: [], notes: [] } as Doc["layout"]),
        }
      : undefined,
  };
}

/** download hands a text to the reader as a file. */
export function download(name: string, text: string): void {
  const url = URL.createObjectURL(new Blob([text], { type: "text/plain;charset=utf-8" }));
  const link = document.createElement("a");
  link.href = url;
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(url), 1000);
}
