import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { startServer } from "../servers/start.js";
import { flowctl, jsonLines } from "../support/cli.js";

const INPUT = "flows/customer-support/data/messages.jsonl";
/** What the script's router sends to people: escalations, and what it is not sure about. */
const TICKETS = ["m-5", "m-8", "m-9"];

async function tickets(url: string): Promise<readonly string[]> {
  const opened: unknown = await (await fetch(`${url}/tickets`)).json();
  return (Array.isArray(opened) ? opened : []).map(({ message }: { message: string }) => message).toSorted();
}

test("each message is answered or becomes one ticket, also when it comes again in the same or another run", async () => {
  await using server = await startServer("demo-server");
  const ids = new Set(readFileSync(INPUT, "utf8").trimEnd().split("\n").map((line) => String(JSON.parse(line).id)));
  const run = () => flowctl(["run", "flows/customer-support", "-i", INPUT, "-i", INPUT, "--profile", "offline", "--fresh", "-o", "json"], { env: { TICKETS_URL: server.url } });

  const first = await run();
  expect(first.status).toBe(0);
  const replies = jsonLines<{ message: { id: string; kind: string; ticket?: string; sources: string[] } }>(first.stdout);
  expect(replies.map(({ message }) => message.id).toSorted()).toEqual([...ids].toSorted());
  for (const { message } of replies) {
    if (message.kind === "ticket") expect(message.ticket).toMatch(/^T-\d+$/);
    else expect(message.sources.length).toBeGreaterThan(0);
  }
  expect(replies.filter(({ message }) => message.kind === "ticket").map(({ message }) => message.id).toSorted()).toEqual(TICKETS);
  expect(await tickets(server.url)).toEqual(TICKETS);

  // Another process with an empty store: only the idempotency key, made from the message's id, holds it back.
  expect((await run()).status).toBe(0);
  expect(await tickets(server.url)).toEqual(TICKETS);
});
