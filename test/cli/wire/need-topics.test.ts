import { expect, test } from "vitest";
import { needTopics } from "../../../src/cli/wire/need-topics.js";
import type { TopicNeed } from "../../../src/core/ports/broker.js";
import { loadFlows } from "../../support/runtime.js";

const FLOW = `flowctl: v1
flow: looks
on: { manual: {} }
input: { fields: { id: string, site: string } }
tools: { look: { module: ./tools.ts#look, input: { fields: { id: string } }, output: string, effect: read } }
steps:
  - { tool: look, with: { id: "\${input.id}" }, queue: { name: plc, key: "\${input.site}" } }
`;
const QUEUES = { plc: { topic: "acme.plc", keys: ["berlin"] } };

/** A broker with these topics. */
function needed(there: readonly string[], key: string): Promise<readonly string[]> {
  const plan = (needs: readonly TopicNeed[]) => Promise.resolve(needs.map(({ topic }) => ({ of: "topic" as const, what: `stream ${topic}`, action: there.includes(topic) ? ("keep" as const) : ("create" as const), says: "", weak: [] })));
  return needTopics({ provisioner: { plan, apply: plan } }, loadFlows(FLOW).map((one) => one.plan), QUEUES, [{ queue: "plc", key }], "make");
}

test("a site that the project file does not list is served where it was one; where it never was, nobody is sent to a command that does not make it", async () => {
  await expect(needed([], "berlin")).rejects.toMatchObject({ code: "FC6044", message: expect.stringContaining("stream acme.plc.berlin"), hint: expect.stringContaining("`make` makes it") });
  await expect(needed(["acme.plc.berlin"], "pariss")).rejects.toMatchObject({ code: "FC6044", message: expect.stringContaining("`plc.pariss` is no site that the project file lists"), hint: expect.stringContaining("`keys` of the queue `plc`") });
  await expect(needed([], "pariss")).rejects.toMatchObject({ message: expect.stringContaining("stream acme.plc.berlin") });
  expect(await needed(["acme.plc.berlin", "acme.plc.oslo"], "oslo")).toEqual([]);
});
