import { expect, test } from "vitest";
import { publish } from "../../src/cli/operator/publish.js";
import type { Operator } from "../../src/core/ports/operator.js";

test("what a broker does not take now is no bug of flowctl", async () => {
  const away: Pick<Operator, "publish"> = { publish: () => Promise.reject(new Error("there is no topic `a` now")) };
  const publishing = publish(away, [{ topic: "a", key: null, id: "1", headers: {}, body: "1" }], () => "the message", { encoded: async (messages) => messages });
  await expect(publishing).rejects.toMatchObject({ code: "FC6043", message: "The broker does not take messages now: there is no topic `a` now.", hint: expect.stringContaining("doctor") });
});
