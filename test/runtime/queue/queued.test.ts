import { describe, expect, it } from "vitest";
import { createMemoryStore } from "../../../src/adapters/store/memory.js";
import { StepError } from "../../../src/core/errors.js";
import type { Json } from "../../../src/core/json.js";
import { PublishRefused } from "../../../src/core/ports/bus.js";
import type { Store } from "../../../src/core/ports/store.js";
import { idempotencyKey } from "../../../src/runtime/run/idempotency-key.js";
import { type World, world } from "../../support/runtime.js";
import { journal, start, typesOf } from "../../support/started.js";

const rowsOf = async ({ store }: World) => (await store.runs({ limit: 100 })).map(({ run, flow, status, error }) => ({ run, flow, status, code: error?.code ?? null }));

const NUMBER = "{ fields: { n: integer } }";
const tool = (name: string, more = ""): string => `  ${name}: { module: ./tools.ts#${name}, input: ${NUMBER}, output: ${NUMBER}, effect: write, idempotency: key${more} }\n`;
const flow = (steps: string, more = ""): string => `flowctl: v1
flow: order
topics: { in: { message: ${NUMBER} } }
tools:
${tool("pay", `, errors: { nope: { type: { fields: { n: integer } } } }${more}`)}${tool("refund")}${tool("ship")}on: in
${steps}`;
const SIMPLE = flow(`steps:
  - { id: paid, tool: pay, queue: money, with: { n: "\${input.n + 1}" } }
value: "\${steps.paid.n}"
`);

const manual = async (made: World, input: Json) => {
  const report = made.runtime.manual("order", input);
  let done = false;
  report.finally(() => (done = true)).catch(() => undefined);
  for (let times = 0; times < 2000 && !done; times += 1) await made.clock.advance(50);
  return report;
};

describe("a step of a queue (I25)", () => {
  it("is a run of its own, which a task on the queue's topic starts, and gives its value", async () => {
    const made = await start(SIMPLE, { pay: (input) => input });
    await made.send("in", [{ n: 1 }]);
    await made.settle();
    const rows = await rowsOf(made);
    const [parent, child] = [rows.find((one) => one.flow === "order"), rows.find((one) => one.flow === "order/paid")];
    expect([parent?.status, child?.status]).toEqual(["completed", "completed"]);
    const events = await journal(made, parent?.run ?? "");
    expect(typesOf(events)).toEqual(["run.admitted", "run.started", "step.dispatched paid", "wait.opened paid", "signal.received", "step.decided paid", "step.completed paid", "run.finished"]);
    expect(events.at(-1)?.data).toMatchObject({ output: 2 });
    expect((await made.readDeliveries("flowctl.order.task.money")).map(({ key, headers }) => [key, headers["flowctl-run"]])).toEqual([[child?.run, parent?.run]]);
    const [admitted, ...others] = await journal(made, child?.run ?? "");
    expect(admitted?.data).toMatchObject({ input: { n: 2 }, parent: { run: parent?.run, path: "paid", waits: true, queue: "money" } });
    expect(typesOf(others)).toEqual(["run.started", "step.started paid", "step.completed paid", "run.finished"]);
  });

  it("sends its effect under the key that it would have without the queue (I10)", async () => {
    const keys: string[] = [];
    const made = await start(SIMPLE, { pay: (input, { key }) => (keys.push(key), input) });
    const { run } = await manual(made, { n: 1 });
    expect(keys).toEqual([idempotencyKey(run, "paid")]);
  });

  it("rests when its task takes longer, and when another run wants its place (I12, I19)", async () => {
    const made = await start(SIMPLE.replace("on: in", "on: { topic: in, concurrency: 1 }"), {
      pay: async (input) => {
        await new Promise<void>((resolve) => void made.clock.after(100, resolve));
        return input;
      },
    });
    const rested = async (): Promise<readonly boolean[]> => Promise.all((await rowsOf(made)).filter(({ flow }) => flow === "order").map(async ({ run }) => typesOf(await journal(made, run)).includes("run.parked")));
    await made.send("in", [{ n: 1 }]);
    await made.settle();
    expect(await rested()).toEqual([false]);
    await made.send("in", [{ n: 2 }, { n: 3 }, { n: 4 }]);
    await made.settle();
    expect((await rested()).filter((one) => one).length).toBeGreaterThan(1);
    const slow = await start(SIMPLE, {
      pay: async (input) => {
        await new Promise<void>((resolve) => void slow.clock.after(300, resolve));
        return input;
      },
    });
    const { run } = await manual(slow, { n: 1 });
    expect(typesOf(await journal(slow, run))).toContain("run.parked");
  });

  it.each([
    ["a tool", "{ id: paid, tool: pay, queue: money, with: \"${input}\", timeout: 1s }"],
    ["a call", "{ id: paid, call: other, queue: money, with: \"${input}\", timeout: 1s }"],
  ])("has one end where what it does comes to an end behind its time limit, as it would have without the queue (I9): %s", async (_what, step) => {
    const other = `---\nflowctl: v1\nflow: other\non: { manual: {} }\ninput: ${NUMBER}\ntools:\n${tool("pay")}steps:\n  - { id: sent, tool: pay, with: "\${input}" }\nvalue: "\${steps.sent}"\n`;
    const made = await start(flow(`steps:\n  - ${step}\nvalue: "\${steps.paid.n}"\n`) + other, {
      pay: async (input) => {
        await new Promise<void>((resolve) => void made.clock.after(3000, resolve));
        return input;
      },
    });
    const { run, status } = await manual(made, { n: 1 });
    const ends = (await journal(made, run)).filter(({ type, path }) => path === "paid" && (type === "step.completed" || type === "step.failed"));
    expect([status, ...ends.map(({ type }) => type)]).toEqual(["completed", "step.completed"]);
  });

  it("is not retried by itself: nobody would hear of what it does then, nor undo it", async () => {
    const made = await start(SIMPLE, {
      pay: () => {
        throw new StepError("nope", "no", { data: { n: 7 } });
      },
    });
    const { run } = await manual(made, { n: 1 });
    const child = (await rowsOf(made)).find((one) => one.flow === "order/paid");
    expect(child?.status).toBe("failed");
    const row = { id: "r1", run: child?.run ?? "", at: 0, by: "somebody", request: { kind: "reopen" } } as const;
    expect(await made.runtime.request(row)).toEqual({ is: "refused", why: "invalid", message: `run ${child?.run} cannot go on: run ${run}, which waited for it, has heard that it failed; retry that one` });
  });

  it("raises what its tool raises, with its data", async () => {
    const steps = `steps:
  - { id: paid, tool: pay, queue: money, with: "\${input}", catch: [ { on: [nope], value: { n: "\${error.data.n}" } } ] }
value: "\${steps.paid.n}"
`;
    const made = await start(flow(steps), {
      pay: () => {
        throw new StepError("nope", "no", { data: { n: 7 } });
      },
    });
    const report = await manual(made, { n: 1 });
    expect(report).toMatchObject({ status: "completed", output: 7 });
  });

  it("goes to its site, and to none that the project does not list: a key comes from data, and each site takes a place in the store", async () => {
    const made = await start(SIMPLE.replace("queue: money", 'queue: { name: money, key: "s${input.n}" }'), { pay: (input) => input }, { queues: { money: { keys: ["s1", "s3"] } } });
    await made.send("in", [{ n: 1 }, { n: 2 }]);
    await made.settle();
    expect((await rowsOf(made)).filter(({ flow }) => flow === "order").map(({ status, code }) => code ?? status).sort()).toEqual(["completed", "invalid_input"]);
    expect((await made.store.runs({ flow: "order", state: "failed", limit: 1 }))[0]?.error?.message).toBe('"s2" is no site of the queue `money`: the project file lists s1, s3');
    expect((await made.read("flowctl.order.task.money.s2")).length).toBe(0);
  });

  it("does so many at once as the project says", async () => {
    let now = 0;
    let most = 0;
    const made = await start(SIMPLE, {
      pay: async (input) => {
        now += 1;
        most = Math.max(most, now);
        await new Promise<void>((resolve) => void made.clock.after(100, resolve));
        now -= 1;
        return input;
      },
    }, { queues: { money: { keys: [], concurrency: 3 } } });
    await made.send("in", Array.from({ length: 20 }, (_, n) => ({ n })));
    await made.settle();
    expect(most).toBe(3);
    expect(made.runtime.stats().completed).toBe(40);
  });
});

describe("a task that the broker will never take", () => {
  it("fails its step, and is no message that somebody could send again", async () => {
    const made = await start(SIMPLE.replace("tool: pay,", "tool: pay, catch: [ { on: [limit], value: { n: 0 } } ],"), {}, {
      bus: (inner) => ({
        ...inner,
        publish: async (messages) => {
          const [task] = messages.filter(({ headers }) => headers["flowctl-task"] !== undefined);
          if (task !== undefined) throw new PublishRefused([{ id: task.id, reason: "too large" }]);
          return inner.publish(messages);
        },
      }),
    });
    expect(await manual(made, { n: 1 })).toMatchObject({ status: "completed", output: 0 });
    expect(await made.store.deadLetters({ limit: 10 })).toEqual([]);
  });
});

describe("a task that nobody begins", () => {
  const PATIENT = SIMPLE.replace("on: in", "on: in\nqueue_timeout: 10m").replace("tool: pay,", "tool: pay, catch: [ { on: [timeout], value: { n: 0 } } ],");
  const orchestrate = { role: { orchestrates: true, queues: [] } } as const;

  it("is given up after `queue_timeout`, and nobody begins it later", async () => {
    const calls: Json[] = [];
    const made = await start(PATIENT, { pay: (input) => (calls.push(input), input) }, orchestrate);
    await made.send("in", [{ n: 1 }]);
    await made.clock.advance(599_000);
    expect((await rowsOf(made)).map(({ status }) => status)).toEqual([null]);
    await made.clock.advance(5000);
    const rows = await rowsOf(made);
    expect(rows.map(({ flow, status }) => `${flow} ${status ?? "open"}`).sort()).toEqual(["order completed", "order/paid cancelled"]);
    const closing = made.runtime.close();
    await made.clock.advance(10_000);
    await closing;
    const worker = await start(PATIENT, { pay: (input) => (calls.push(input), input) }, { store: made.store, keepBus: made.bus, clock: made.clock });
    await worker.settle();
    expect(calls).toEqual([]);
    expect(worker.runtime.stats().messages).toBeGreaterThan(0);
  });

  it("is withdrawn with its run", async () => {
    const made = await start(SIMPLE, {}, orchestrate);
    await made.send("in", [{ n: 1 }]);
    await made.clock.advance(1000);
    const [row] = await rowsOf(made);
    await made.runtime.request({ id: "c", run: row?.run ?? "", at: 0, by: "ann", request: { kind: "cancel" } });
    await made.clock.advance(1000);
    expect((await rowsOf(made)).map(({ flow, status }) => `${flow} ${status ?? "open"}`).sort()).toEqual(["order cancelled", "order/paid cancelled"]);
  });

  it("is there for retention only once its run has heard of its end, also from the next process", async () => {
    const memory = createMemoryStore();
    const cut = Promise.withResolvers<void>();
    let isCut = false;
    const never = <T>(): Promise<T> => new Promise(() => undefined);
    // The process ends with the commit that withdraws the task.
    const store: Store = {
      ...memory,
      run: (run) => (isCut ? never() : memory.run(run)),
      async commit(items) {
        if (isCut) return never();
        const results = await memory.commit(items);
        if (!items.some(({ entryId }) => entryId.endsWith(" given up"))) return results;
        isCut = true;
        cut.resolve();
        return never();
      },
    };
    const made = world(SIMPLE, {}, { ...orchestrate, store });
    await made.runtime.start();
    await made.send("in", [{ n: 1 }]);
    await made.clock.advance(1000);
    const [row] = await memory.runs({ limit: 1 });
    void made.runtime.request({ id: "c", run: row?.run ?? "", at: 0, by: "ann", request: { kind: "cancel" } });
    await made.clock.advance(1000);
    await cut.promise;
    expect(await memory.prune({ before: Infinity }, 10, made.clock.now())).toBe(0);
    const next = await start(SIMPLE, {}, { ...orchestrate, store: memory, keepBus: made.bus, clock: made.clock });
    await next.clock.advance(1000);
    expect((await rowsOf(next)).map(({ flow, status }) => `${flow} ${status ?? "open"}`).sort()).toEqual(["order cancelled", "order/paid cancelled"]);
    expect(await memory.prune({ before: Infinity }, 10, made.clock.now())).toBe(2);
  });
});

describe("a queue in a saga", () => {
  const SAGA = flow(`steps:
  - id: all
    saga: {}
    do:
      - { id: paid, tool: pay, queue: money, with: "\${input}", compensate: { tool: refund, queue: money, with: { n: "\${output.n}" } } }
      - { id: sent, tool: ship, pivot: true, with: "\${input}" }
`);

  it("is undone by its run, which may send the undo to the queue too", async () => {
    const calls: string[] = [];
    const made = await start(SAGA, {
      pay: (input, { key }) => (calls.push(`pay ${key}`), input),
      refund: (input, { key }) => (calls.push(`refund ${key}`), input),
      ship: () => {
        throw new StepError("refused", "no");
      },
    });
    const report = await manual(made, { n: 3 });
    expect(report.status).toBe("compensated");
    expect(calls).toEqual([`pay ${idempotencyKey(report.run, "all/paid")}`, `refund ${idempotencyKey(report.run, "all/paid!undo")}`]);
  });
});
