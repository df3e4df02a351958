// The shape of a large flow: a chain with side branches that come back, as people draw them.

interface Flow {
  nodes: Record<string, unknown>[];
  edges: { from: string; port?: string; to: string }[];
}

/** large makes a flow of so many nodes, with about four edges for three nodes. */
export function large(nodes: number): Flow & { title: string } {
  const flow: Flow = { nodes: [{ id: "trigger", name: "触发", triggerWebhook: {} }], edges: [] };
  let main = "trigger";
  let port = "out";
  let part = 0;
  while (flow.nodes.length + 4 <= nodes) {
    part++;
    const [branch, left, right, meet] = ["branch", "left", "right", "meet"].map((kind) => `${kind}_${part}`) as [
      string,
      string,
      string,
      string,
    ];
    flow.nodes.push(
      {
        id: branch,
        name: `分支 ${part}`,
        conditionBranch: { cases: { cases: [{ port: "left", when: "event.message.text.size() > 3" }] } },
      },
      { id: left, name: `左 ${part}`, notify: { text: "请看这条消息" } },
      { id: right, name: `右 ${part}`, analysisTrigger: { fact: `fact_${part}` } },
      { id: meet, name: `汇合 ${part}`, senderIdentify: {} },
    );
    flow.edges.push(
      { from: main, port, to: branch },
      { from: branch, port: "left", to: left },
      { from: branch, port: "else", to: right },
      { from: left, to: meet },
      { from: right, to: meet },
    );
    [main, port] = [meet, "out"];
  }
  while (flow.nodes.length < nodes) {
    const id = `tail_${flow.nodes.length}`;
    flow.nodes.push({ id, name: "尾", senderIdentify: {} });
    flow.edges.push({ from: main, port, to: id });
    [main, port] = [id, "out"];
  }
  return { title: `${nodes} 个节点`, ...flow };
}

/** spread places such a flow as people would: its parts in rows, so that many nodes are in sight from afar. */
export function spread({ nodes }: Flow): { positions: { node: string; x: number; y: number }[] } {
  const column: Record<string, number> = { branch: 0, left: 1, right: 1, meet: 2 };
  return {
    positions: nodes.map((n, i) => {
      const node = String(n.id);
      const [kind = "", part = "0"] = node.split("_");
      const at = kind in column ? Number(part) : Math.ceil(nodes.length / 4) + i / nodes.length;
      const [across, down] = [Math.floor(at) % 9, Math.floor(Math.floor(at) / 9)];
      return { node, x: (across * 3 + (column[kind] ?? 0)) * 344, y: down * 440 + (kind === "right" ? 200 : 0) };
    }),
  };
}
