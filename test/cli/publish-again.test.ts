import { expect, test } from "vitest";
import { publishAgain } from "../../src/cli/operator/publish.js";
import { type Outgoing, PublishRefused } from "../../src/core/ports/bus.js";

const message = (id: string): Outgoing => ({ topic: "t", key: null, id, headers: {}, body: id });
const formats = { claimed: async (messages: readonly Outgoing[]) => messages };

test("what the bus will never take is named, and holds up nothing that is sent again beside it", async () => {
  const sent: string[] = [];
  const publish = async (messages: readonly Outgoing[]): Promise<void> => {
    // One at a time, as some say it.
    const large = messages.find(({ id }) => id.startsWith("large"));
    if (large !== undefined) throw new PublishRefused([{ id: large.id, reason: "too large" }]);
    sent.push(...messages.map(({ id }) => id));
  };
  const refused = await publishAgain({ publish, putBody: async () => undefined }, ["a", "large1", "b", "large2"].map(message), formats);
  expect([sent, [...refused]]).toEqual([["a", "b"], [["large1", "too large"], ["large2", "too large"]]]);
});

test("what is stored beside it is not sent twice", async () => {
  const sent: string[] = [];
  const publish = async (messages: readonly Outgoing[]): Promise<void> => {
    const refused = messages.filter(({ id }) => id.startsWith("large"));
    sent.push(...messages.flatMap(({ id }) => (id.startsWith("large") ? [] : [id])));
    if (refused.length > 0) throw new PublishRefused(refused.map(({ id }) => ({ id, reason: "too large" })), new Set());
  };
  expect([...(await publishAgain({ publish, putBody: async () => undefined }, ["a", "large", "b"].map(message), formats)).keys()]).toEqual(["large"]);
  expect(sent).toEqual(["a", "b"]);
});

test("an outage is told, and nothing is taken for refused", async () => {
  const away = { publish: () => Promise.reject(new Error("away")), putBody: async () => undefined };
  await expect(publishAgain(away, [message("a")], formats)).rejects.toMatchObject({ code: "FC6043" });
});
