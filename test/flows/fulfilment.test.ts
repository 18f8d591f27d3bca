import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { startServer } from "../servers/start.js";
import { flowctl, jsonLines } from "../support/cli.js";

interface Order {
  readonly id: string;
  readonly lines: readonly { readonly units: number }[];
  readonly cents: number;
}

const DATA = "flows/fulfilment/data/orders.jsonl";
const ORDERS: readonly Order[] = readFileSync(DATA, "utf8").trimEnd().split("\n").map((line) => JSON.parse(line));
/** What becomes of each order: shipped, or the code of what could not be done. */
const EXPECTED: Readonly<Record<string, string>> = { "o-1": "gift", "o-2": "declined", "o-3": "fragile", "o-4": "unreachable", "o-5": "sold_out" };

test("orders are shipped whole or leave nothing behind", async () => {
  await using server = await startServer("demo-server");
  const { status, stdout, stderr } = await flowctl(["run", "flows/fulfilment", "-i", DATA, "--profile", "offline", "--fresh", "-o", "json"], { env: { SHOP_URL: server.url } });
  expect(status).toBe(0);
  const lines = jsonLines<{ topic: string; message: { order: string; packing?: string; cause?: string } }>(stdout);
  expect(Object.fromEntries(lines.map(({ message: { order, packing, cause } }) => [order, packing ?? cause]))).toEqual(EXPECTED);
  expect(lines.filter(({ topic }) => topic === "orders.shipped").map(({ message }) => message.order).toSorted()).toEqual(["o-1", "o-3"]);
  expect(jsonLines(stderr)).toEqual([expect.objectContaining({ messages: 6, duplicates: 1, runs: 5, failed: 0, dlq: 0, modelCalls: 5 })]);

  const shipped = ORDERS.slice(0, 5).filter(({ id }) => ["o-1", "o-3"].includes(id));
  const shop: unknown = await (await fetch(`${server.url}/shop`)).json();
  expect(shop).toMatchObject({
    parcels: expect.toSatisfy((parcels: readonly unknown[]) => parcels.length === shipped.length),
    units: shipped.flatMap((order) => order.lines).reduce((sum, { units }) => sum + units, 0),
    cents: shipped.reduce((sum, { cents }) => sum + cents, 0),
  });
});
