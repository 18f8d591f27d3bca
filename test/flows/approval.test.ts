import { randomUUID } from "node:crypto";
import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { compileFlows } from "../../src/cli/files/compile-flows.js";
import { wire, type Wired } from "../../src/cli/wire.js";
import type { RunEvent } from "../../src/core/event.js";
import type { Json } from "../../src/core/json.js";
import { startServer } from "../servers/start.js";

/** In one process, over the memory store: the same answers come from another process in test/end-to-end. */
async function opened(url: string): Promise<Wired & { readonly events: RunEvent[] }> {
  process.env["PUBLISHER_URL"] = url;
  const { project, flows, diagnostics } = await compileFlows(["flows/approval"], { profile: "offline", set: [] });
  expect(diagnostics.filter(({ code }) => code !== "FC6001")).toEqual([]);
  const wired = await wire(flows.flatMap(({ plan }) => plan ?? []), { folder: project.folder, allow: ["127.0.0.1"] });
  const events: RunEvent[] = [];
  wired.observe({ event: (event) => events.push(event) });
  await wired.runtime.start();
  return Object.assign(wired, { events });
}

const REQUESTS = readFileSync("flows/approval/data/requests.jsonl", "utf8").trimEnd().split("\n");
const feed = ({ bus }: Wired, bodies: readonly string[]) => bus.publish(bodies.map((body) => ({ topic: "announcements.requested", key: null, id: randomUUID(), headers: {}, body })));
const posts = async (url: string): Promise<unknown> => (await fetch(`${url}/posts`)).json();
const emitted = ({ events }: { readonly events: readonly RunEvent[] }) => events.flatMap((event) => (event.type === "message.emitted" ? [event.data.payload] : []));

/** The runs that wait, by the question that they ask. */
async function waiting(wired: Wired & { readonly events: readonly RunEvent[] }): Promise<ReadonlyMap<string, (payload: Json) => Promise<unknown>>> {
  await wired.runtime.idle();
  const asked = wired.events.flatMap((event) => (event.type === "wait.opened" && event.data.kind === "ask" ? [{ run: event.run, ...event.data }] : []));
  return new Map(asked.map(({ run, path, question = "" }) => [question, (payload) => wired.operator.request(run, { kind: "answer", path, payload }, "ann")]));
}

test("a person approves one draft and rejects another: one is published, once, and both are told", async () => {
  await using server = await startServer("demo-server");
  await using wired = await opened(server.url);
  await feed(wired, [...REQUESTS, ...REQUESTS]);
  const asks = await waiting(wired);
  expect([...asks.keys()].toSorted()).toEqual(['Publish "New prices from next month" for partners?', 'Publish "News: exports to CSV" for customers?']);
  expect(wired.runtime.stats()).toMatchObject({ duplicates: 2, parked: 2, completed: 0 });
  expect(await posts(server.url)).toEqual([]);

  const approve = asks.get('Publish "News: exports to CSV" for customers?');
  expect(await approve?.({ approved: "yes" })).toMatchObject({ is: "refused", why: "invalid" });
  expect(await approve?.({ approved: true, by: "ann" })).toEqual({ is: "accepted" });
  expect(await asks.get('Publish "New prices from next month" for partners?')?.({ approved: false, note: "next month" })).toEqual({ is: "accepted" });
  await wired.runtime.idle();

  expect(await posts(server.url)).toMatchObject([{ announcement: "a-1", title: "News: exports to CSV" }]);
  expect(emitted(wired).toSorted((a, b) => JSON.stringify(a).localeCompare(JSON.stringify(b)))).toEqual([
    { id: "a-1", state: "published", title: "News: exports to CSV", url: "https://news.example/a-1", by: "ann" },
    { id: "a-2", state: "rejected", title: "New prices from next month", note: "next month" },
  ]);
  expect(wired.runtime.stats()).toMatchObject({ parked: 0, completed: 2, failed: 0, dlq: 0 });
  expect(await approve?.({ approved: false })).toMatchObject({ is: "refused" });
});

test("a request that is none is a dead letter", async () => {
  await using server = await startServer("demo-server");
  await using wired = await opened(server.url);
  await feed(wired, ['{"id":"a-1","about":"x","audience":"everybody"}']);
  await wired.runtime.idle();
  expect(wired.runtime.stats()).toMatchObject({ dlq: 1, runs: 0 });
});
