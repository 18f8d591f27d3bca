import { spawn } from "node:child_process";
import { once } from "node:events";
import { afterAll, beforeAll, expect, test } from "vitest";
import { startServer, type RunningServer } from "../servers/start.js";

let server: RunningServer;
beforeAll(async () => {
  server = await startServer("demo-server");
});
afterAll(() => server.close());

async function post(path: string, body: unknown, key?: string): Promise<[number, unknown]> {
  const response = await fetch(server.url + path, { method: "POST", body: JSON.stringify(body), headers: key === undefined ? {} : { "idempotency-key": key } });
  return [response.status, await response.json()];
}
const get = async (path: string): Promise<unknown> => (await fetch(server.url + path)).json();

test("the demo's services do everything once per key", async () => {
  const order = { plan: "p1", sku: "s", from: "ams", to: "rtm", units: 5 };
  const first = await post("/dispatch", order, "k1");
  expect(first).toEqual([200, { booking: "bk-1", eta_minutes: expect.any(Number) }]);
  expect(await post("/dispatch", order, "k1")).toEqual(first);
  expect(await post("/dispatch", { ...order, units: 6 }, "k1")).toEqual([409, expect.anything()]);
  expect(await post("/dispatch", { ...order, units: 0 }, "k2")).toEqual([422, { reason: "nothing to move" }]);
  expect(await post("/dispatch", { ...order, to: "ams" }, "k3")).toEqual([422, { reason: "ams cannot send to itself" }]);
  expect(await post("/dispatch", { plan: "p" }, "k4")).toEqual([400, expect.anything()]);
  expect(await post("/dispatch", order)).toEqual([400, expect.anything()]);
  expect(await get("/dispatches")).toEqual([{ booking: "bk-1", ...order }]);

  const ticket = { message: "m1", from: "ann", subject: "s", body: "b" };
  expect(await post("/tickets", ticket, "k1")).toEqual([200, { ticket: "T-1001" }]);
  expect(await post("/tickets", ticket, "k1")).toEqual([200, { ticket: "T-1001" }]);
  expect(await get("/tickets")).toEqual([{ ticket: "T-1001", ...ticket }]);
  const post1 = { announcement: "a 1", title: "t", text: "x" };
  expect(await post("/posts", post1, "k1")).toEqual([200, { url: "https://news.example/a%201" }]);
  expect(await post("/posts", post1, "k1")).toEqual([200, { url: "https://news.example/a%201" }]);
  expect(await get("/posts")).toEqual([{ url: "https://news.example/a%201", ...post1 }]);
  expect(await post("/nowhere", {}, "k")).toEqual([404, expect.anything()]);
});

test("behind `&` in a script, where stdin is /dev/null, it serves until it is ended", async () => {
  const child = spawn(process.execPath, ["flows/servers/demo-server.mjs"], { stdio: ["ignore", "pipe", "inherit"] });
  const ended = once(child, "exit");
  const [line]: unknown[] = await once(child.stdout.setEncoding("utf8"), "data");
  const url = /"url":"([^"]+)"/.exec(String(line))?.[1] ?? "";
  // Its event loop turns with each: an end of stdin would have closed it.
  for (let asked = 0; asked < 3; asked++) expect((await fetch(`${url}/posts`)).status).toBe(200);
  child.kill("SIGTERM");
  expect(await ended).toEqual([0, null]);
});
