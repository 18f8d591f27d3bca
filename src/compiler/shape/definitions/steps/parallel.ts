import type { StepPart } from "../../ast.js";
import { either, list, record } from "../../forms/combine.js";
import { built } from "../../forms/form.js";
import { kind } from "../../forms/kinds.js";
import { keys, may, must } from "../../forms/keys.js";
import { name, STEP_ID } from "../../forms/names.js";
import { CEL } from "../../forms/values.js";
import { blockNode, hasContent, type Blocks } from "../block.js";
import { atOnce, JOINED } from "../targets.js";
import { thousands } from "../../../../core/thousands.js";

/** Which branches run beside which is asked of each pair. */
const MAX_BRANCHES = 1000;

const HEAD = keys("{ join, rest, concurrency }", { ...JOINED, concurrency: atOnce("all of them") });

export const parallelStep = ({ fromList, blockKeys }: Blocks) => {
  const AFTER = may(list(name({ ...STEP_ID, called: "the name of a branch" })), "Branches that must be done before this one starts; their values are `branches.<name>`.", { example: "[web]" });
  const BRANCH = keys("a branch", {
    when: may(CEL, "The branch is left out when this does not hold."),
    after: AFTER,
    ...blockKeys,
  });
  const branch = either({
    list: built(fromList, (block) => ({ after: [], block })),
    map: built(BRANCH, ({ after, ...parts }, node, at) => (hasContent(parts, node, "a branch", at.report) ? { after: after ?? [], block: blockNode(node.span, parts) } : undefined)),
  });
  return kind(
    "parallel",
    {
      parallel: must(HEAD, "How the branches are joined; `{}` takes all defaults."),
      branches: must(record("branches", STEP_ID, branch), "The branches by name: a list of steps, or a block with `when` and `after`.", { example: "{ a: [ { tool: fetch } ], b: [ { agent: reader } ] }" }),
    },
    { description: "Runs branches side by side. The output has one field a branch.", example: "{ id: both, parallel: { join: all }, branches: { web: [ { tool: fetch } ], book: [ { agent: reader } ] } }" },
    ({ parallel: { concurrency, ...joined }, branches }, node, at): StepPart | undefined => {
      const written = node.entries.find(({ key }) => key.text === "branches")?.value;
      if (written?.kind !== "map") return undefined;
      if (written.entries.length === 0) {
        at.report("FC2012", written.span, "`branches` is empty, and wants at least one branch");
        return undefined;
      }
      if (written.entries.length > MAX_BRANCHES) {
        at.report("FC1002", written.entries[0]?.key.span ?? written.span, `\`branches\` has more than ${thousands(MAX_BRANCHES)} branches`, { hint: "for each of many values there is `map`" });
        return undefined;
      }
      // A branch that did not shape makes the step's type unknown.
      if (branches.length < written.entries.length) return undefined;
      return {
        kind: "parallel",
        ...joined,
        ...(concurrency === undefined ? {} : { concurrency: concurrency.value }),
        branches: branches.map(({ name, value }) => ({ name, ...value })),
      };
    },
  );
};
