import type { Shared } from "./flow-check.js";

/** I20: the answer of `verify` stands in for a lost one, so where that is read, it must hold the `output`. */
export function checkVerified({ verified, steps, blockReads, problems }: Shared): void {
  if (verified.length === 0) return;
  const read = new Set<string>();
  for (const reads of [...[...steps.values()].map((info) => info.reads), ...blockReads.values()]) {
    for (const { path: [root, id] } of reads) if (root === "steps" && id !== undefined) read.add(id);
  }
  for (const { id, tool, span, undone } of verified) {
    if (tool.verify !== "happened" || tool.output === null || !(read.has(id) || undone)) continue;
    problems.report("FC4012", span, `\`steps.${id}\` is ${read.has(id) ? "read" : "undone from its output"}, so what verifies \`${tool.name}\` must answer with its \`output\` too`, { hint: "declare `output` as required in the answer of the tool that `verify` names" });
  }
}
