// A step of a queue, from its dispatch to its result in the journal, against a request and its reply over the same broker's
// topics by hand. One process serves both sides of each; ours keeps on SQLite what it does.
import { byHand, ours } from "../brokers.mjs";
import { unused } from "../brokers/server.mjs";
import { completed, durableRuntime, folder, noop, p } from "../durable.mjs";
import { planOf } from "../flowctl.mjs";

const COUNT = 300;
const WARM = 50;

async function caseOf(kind) {
  const broker = await ours(kind);
  const topicOf = (topic) => ({ topic, groups: [], dedupeMs: null, dlq: false });
  async function step(warming) {
    if (warming) return 0;
    const flow = unused("queued");
    await broker.provisioner.apply([topicOf(`flowctl.${flow}.task.money`)]);
    const { file, close } = folder();
    const times = [];
    let began = 0;
    const observer = {
      pure: false,
      event({ type, path }) {
        if (path !== "far") return;
        if (type === "step.dispatched") began = performance.now();
        if (type === "step.completed" && began > 0) times.push(performance.now() - began);
      },
    };
    const durable = await durableRuntime(planOf("queued", (text) => text.replace("flow: queued", `flow: ${flow}`)), file, { bus: broker.bus, tool: noop, observer });
    for (let at = 0; at < COUNT + WARM; at += 1) await completed(durable.runtime, flow, { id: `r-${at}` });
    await durable.close();
    close();
    return p(times.slice(WARM), 0.5);
  }
  async function request(warming) {
    if (warming) return 0;
    const [asked, answered] = [unused("request"), unused("reply")];
    await broker.provisioner.apply([topicOf(asked), topicOf(answered)]);
    const client = await byHand[kind]();
    let heard = () => undefined;
    await client.listen(asked, (body) => void client.publish(answered, [body]));
    await client.listen(answered, (body) => heard(JSON.parse(body).at));
    // Who begins at the end does so at its first fetch: asked again until it is there.
    const ask = (at) =>
      new Promise((resolve) => {
        const send = () => void client.publish(asked, [JSON.stringify({ at })]);
        const again = setInterval(send, 1000);
        heard = (which) => {
          if (which !== at) return;
          clearInterval(again);
          resolve();
        };
        send();
      });
    const times = [];
    for (let at = 0; at < COUNT + WARM; at += 1) {
      const began = performance.now();
      await ask(at);
      times.push(performance.now() - began);
    }
    await client.close();
    return p(times.slice(WARM), 0.5);
  }
  return {
    close: () => broker[Symbol.asyncDispose](),
    row: { name: `${kind}: a step of a queue, dispatch to result, against request and reply, p50`, unit: "ms", goal: { atMost: 6 }, ours: step, baseline: request },
  };
}

const all = [];
for (const kind of ["nats", "kafka", "redis"]) all.push(await caseOf(kind));
export const cases = all.map(({ row }) => row);
export const close = () => Promise.all(all.map((one) => one.close()));
