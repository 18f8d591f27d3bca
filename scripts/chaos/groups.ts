import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { compile } from "../../src/compiler/compile.js";
import { topicNeeds } from "../../src/core/plan/topic-needs.js";

/** How the flows read a topic: who reads with them has to do it in the same way. */
export interface Membership {
  readonly topic: string;
  readonly group: string;
  readonly from: "latest" | "earliest";
  readonly ordered: boolean;
}

export function groupsOf(folder: string): readonly Membership[] {
  const { flows } = compile({ entries: globSync(join(folder, "flows/*/*.yaml")), read: (path) => readFileSync(path, "utf8") });
  return topicNeeds(flows.flatMap(({ plan }) => plan ?? [])).flatMap(({ topic, groups }) => groups.map((group) => ({ ...group, topic })));
}
