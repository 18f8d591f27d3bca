import { expect, test } from "vitest";
import { compileFlows } from "../../src/cli/files/compile-flows.js";
import { wire } from "../../src/cli/wire.js";
import { ask, type Answer } from "../runtime/http/http-world.js";

test("small refunds are paid at once, large ones when a person says so, and a repetition gets the same answer", async () => {
  const { project, flows, diagnostics } = await compileFlows(["flows/http-approval"], { set: [] });
  expect(diagnostics).toEqual([]);
  await using wired = await wire(flows.flatMap(({ plan }) => plan ?? []), { folder: project.folder, allow: [], listen: "127.0.0.1:0" });
  await wired.runtime.start();
  const refund = (id: string, amount: number): Promise<Answer> => ask(wired.runtime.address() ?? "", "POST", "/refunds", { id, order: `o-${id}`, amount }, { "idempotency-key": id });

  const small = await refund("r-1", 20);
  expect(small).toMatchObject({ status: 200, body: { id: "r-1", state: "paid", receipt: "receipt-1" } });
  expect(await refund("r-1", 20)).toMatchObject({ status: 200, run: small.run, body: { receipt: "receipt-1" } });
  expect(await refund("r-1", 30)).toMatchObject({ status: 422, body: { code: "key_reused" } });
  expect(await refund("r-2", 0)).toMatchObject({ status: 422, body: { code: "not_an_amount", message: "A refund is more than 0, not 0" } });

  const [large, refused] = [await refund("r-3", 500), await refund("r-4", 600)];
  expect([large.status, refused.status]).toEqual([202, 202]);
  await wired.operator.request(large.run, { kind: "answer", path: "ok", payload: { approved: true } }, "ann");
  await wired.operator.request(refused.run, { kind: "answer", path: "ok", payload: { approved: false, note: "too much" } }, "ann");
  await wired.runtime.idle();
  expect(await refund("r-3", 500)).toMatchObject({ status: 200, body: { id: "r-3", state: "paid", receipt: "receipt-2" } });
  expect(await refund("r-4", 600)).toMatchObject({ status: 422, body: { code: "rejected", data: { note: "too much" } } });
});
