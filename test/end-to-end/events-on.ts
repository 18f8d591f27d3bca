import { expect, test } from "vitest";
import type { Broker } from "../../src/core/ports/broker.js";
import type { StoredMessage } from "../../src/core/ports/operator.js";
import { flowctl } from "../support/cli.js";
import { folderWith } from "../support/folder.js";
import { describeOn, type ServerName } from "../support/servers.js";
import { serving } from "../support/serving.js";

interface OnBroker {
  readonly name: ServerName;
  /** A topic that nobody has used. */
  unused(): string;
  /** As others see it: without flows and formats. */
  connect(url: string): Promise<Broker>;
  /** How attributes of CloudEvents stand in headers there. */
  readonly prefix: "ce-" | "ce_";
}

/** CloudEvents of others and for others, and services behind topics, over a real broker and a process that serves. */
export function eventsOn({ name, unused, connect, prefix }: OnBroker): void {
  describeOn(name, `events and requests on ${name}`, (url) => {
    function project(base: string) {
      const topics = { events: `${base}.events`, seen: `${base}.seen`, passed: `${base}.passed`, lost: `${base}.lost`, orders: `${base}.orders`, ordered: `${base}.ordered`, asked: `${base}.asked`, given: `${base}.given` };
      const folder = folderWith({
        "flows.yaml": `flowctl: v1
flow: { id: events-${base.replaceAll(".", "-")}, version: 1.0.0 }
types: { Event: { fields: { id: string, n: integer } } }
topics:
  ${topics.events}: { message: Event, envelope: cloudevents, dlq: ${topics.lost} }
  ${topics.seen}: { message: { fields: { id: string, type: string, event: string } }, envelope: { cloudevents: structured, source: /test/seen, type: test.seen } }
  ${topics.passed}: { message: Event, envelope: { cloudevents: binary, source: /test/passed, type: test.passed }, key: msg.id }
on: { topic: ${topics.events}, from: earliest, with: { id: "\${msg.id}", n: "\${msg.n}", type: "\${meta.headers[?'ce-type'].orValue('')}", event: "\${meta.id}" } }
input: { fields: { id: string, n: integer, type: string, event: string } }
steps:
  - { wait: 1ms }
  - { emit: ${topics.seen}, with: { id: "\${input.id}", type: "\${input.type}", event: "\${input.event}" } }
  - { emit: ${topics.passed}, with: { id: "\${input.id}", n: "\${input.n}" } }
---
flowctl: v1
flow: { id: quotes-${base.replaceAll(".", "-")}, version: 1.0.0 }
topics:
  ${topics.asked}: { message: { fields: { part: string, n: integer } } }
  ${topics.given}: { message: { fields: { price: number } } }
on: { topic: ${topics.asked}, from: earliest, reply: ${topics.given} }
steps: [ { when: input.n > 100, fail: { code: too_many, message: "\${input.n} is too many" } } ]
value: { price: "\${input.n * 2.5}" }
---
flowctl: v1
flow: { id: orders-${base.replaceAll(".", "-")}, version: 1.0.0 }
topics:
  ${topics.orders}: { message: { fields: { id: string, n: integer } }, key: msg.id }
  ${topics.ordered}: { message: { fields: { id: string, price: number } }, key: msg.id }
  ${topics.asked}: { message: { fields: { part: string, n: integer } } }
  ${topics.given}: { message: { fields: { price: number } } }
tools:
  quote:
    request: { topic: ${topics.asked}, reply: ${topics.given}, timeout: 60s }
    input: { fields: { part: string, n: integer } }
    output: { fields: { price: number } }
    effect: read
    errors: { too_many: {} }
on: { topic: ${topics.orders}, from: earliest, ordering: key }
steps:
  - { id: quoted, tool: quote, with: { part: wheel, n: "\${input.n}" }, catch: [ { on: [too_many], value: { price: 0 } } ] }
  - { emit: ${topics.ordered}, with: { id: "\${input.id}", price: "\${steps.quoted.price}" } }
`,
        "flowctl.yaml": `flowctl: v1\nflows: [flows.yaml]\nstore: "sqlite:there.db"\nbroker: { kind: ${name}, url: "${url.replace(/^kafka:\/\//, "")}" }\n`,
      });
      return { folder, topics };
    }
    const json = ({ body }: StoredMessage): unknown => JSON.parse(body);
    const TRACE = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";

    test("CloudEvents come in both modes and go out in both, and requests of flows and of others are answered", { timeout: 120_000 }, async () => {
      const { folder, topics } = project(unused());
      expect((await flowctl(["topics", "apply", "--yes"], { cwd: folder })).status).toBe(0);
      await using broker = await connect(url);
      await using process = await serving(folder);
      /** All that the topic has when it has so many. */
      const untilHas = async (topic: string, count: number): Promise<readonly StoredMessage[]> => {
        for (;;) {
          const all = await broker.topics.messages(topic, { last: 100 });
          if (all.length >= count) return all;
        }
      };
      const put = (topic: string, headers: Readonly<Record<string, string>>, value: object): Promise<void> => broker.bus.publish([{ topic, key: null, id: "", headers, body: JSON.stringify(value) }]);
      const attributes = (id: string, source: string) => ({ specversion: "1.0", id, source, type: "test.made", traceparent: TRACE });
      const binary = (id: string, source: string) => ({ ...Object.fromEntries(Object.entries(attributes(id, source)).map(([key, value]) => [prefix + key, value])), "content-type": "application/json" });

      await put(topics.events, binary("1", "/a"), { id: "x", n: 1 });
      await put(topics.events, { "content-type": "application/cloudevents+json" }, { ...attributes("1", "/b"), data: { id: "y", n: 2 } });
      // Without headers too, as simple producers write it; a second one of the same source is the same event.
      await put(topics.events, {}, { ...attributes("1", "/a"), data: { id: "x", n: 1 } });
      await put(topics.events, {}, { id: "bare", n: 3 });
      await put(topics.events, binary("2", "/a"), { id: "z", n: 3 });
      const [passed, seen, lost] = [await untilHas(topics.passed, 3), await untilHas(topics.seen, 3), await untilHas(topics.lost, 1)];
      expect(passed.map(json).toSorted((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1))).toEqual([{ id: "x", n: 1 }, { id: "y", n: 2 }, { id: "z", n: 3 }]);
      for (const one of passed) expect(one.headers).toMatchObject({ [`${prefix}specversion`]: "1.0", [`${prefix}id`]: one.headers["flowctl-id"], [`${prefix}source`]: "/test/passed", [`${prefix}type`]: "test.passed", [`${prefix}partitionkey`]: one.key, traceparent: TRACE, "content-type": "application/json" });
      for (const one of seen) {
        expect(one.headers).toMatchObject({ "content-type": "application/cloudevents+json; charset=utf-8" });
        expect(json(one)).toMatchObject({ specversion: "1.0", source: "/test/seen", type: "test.seen", id: one.headers["flowctl-id"], traceparent: TRACE, datacontenttype: "application/json", data: { type: "test.made" } });
      }
      expect(seen.filter(({ body }) => body.includes('"event":"2"'))).toHaveLength(1);
      expect(lost.map(json)).toMatchObject([{ error: { code: "decode" } }]);

      for (const [id, n] of [["o1", 4], ["o2", 400]] as const) await put(topics.orders, {}, { id, n });
      // A service of others may ask too, and one that does not understand is told so.
      await put(topics.asked, { "flowctl-correlation-id": "theirs/1" }, { part: "nut", n: 2 });
      await put(topics.asked, { "flowctl-correlation-id": "theirs/2" }, { part: "nut", n: "two" });
      const ordered = await untilHas(topics.ordered, 2);
      expect(Object.fromEntries(ordered.map(json).map((one) => Object.values(one ?? {})))).toEqual({ o1: 10, o2: 0 });
      const given = await untilHas(topics.given, 4);
      const about = (correlation: string): StoredMessage | undefined => given.find(({ headers }) => headers["flowctl-correlation-id"] === correlation);
      expect(about("theirs/1")?.body).toBe('{"price":5}');
      expect(about("theirs/2")?.headers["flowctl-error"]).toBe("invalid_input");
      expect(given.filter(({ headers }) => headers["flowctl-error"] === "too_many")).toHaveLength(1);
      expect(await process.stop()).toBe(130);
    });
  });
}
