import { describe, expect, it } from "vitest";
import { checkText, errorsOf } from "./check-text.js";

const flow = (rest: string): string => `flowctl: v1
flow: sample
types:
  Order: { fields: { id: string, note: string?, total: number } }
topics:
  orders: { message: Order, key: msg.id, dlq: orders.dlq }
  other:  { message: { fields: { id: string, total: number } } }
  bare:   {}
${rest}`;
const errors = (rest: string): readonly string[] => errorsOf(flow(rest));

describe("a flow's input", () => {
  it("is the message of its one topic", () => {
    expect(errors('on: orders\nsteps: [ { set: "${input.total + 1}" } ]')).toEqual([]);
  });

  it("is written where nothing says it", () => {
    expect(errors("on: bare\nsteps: [ { set: 1 } ]")).toEqual(["FC4006@9"]);
    expect(errors("on: { manual: {} }\nsteps: [ { set: 1 } ]")).toEqual(["FC4006@9"]);
    expect(errors("steps: [ { set: 1 } ]")).toEqual(["FC4006@2"]);
    expect(errors("on: [orders, other]\nsteps: [ { set: 1 } ]")).toEqual(["FC4006@9"]);
  });

  it("types the message of a topic without one", () => {
    expect(errors('on: { topic: bare, where: msg.total > 1, dedupe: { key: msg.id, ttl: 1d } }\ninput: Order\nsteps: [ { set: "${input.id}" } ]')).toEqual([]);
    expect(errors('on: { topic: bare, where: msg.totl > 1 }\ninput: Order\nsteps: [ { set: 1 } ]')).toEqual(["FC3101@9"]);
  });

  it("fits every trigger's `with`, the message by default", () => {
    expect(errors('on: [orders, { topic: other, with: { id: "${msg.id}", total: "${msg.total}" } }]\ninput: Order\nsteps: [ { set: "${input.id}" } ]')).toEqual([]);
    expect(errors("on: other\ninput: { fields: { name: string } }\nsteps: [ { set: 1 } ]")).toEqual(["FC4001@9"]);
    expect(errors('on: { topic: other, with: { name: "${msg.total}" } }\ninput: { fields: { name: string } }\nsteps: [ { set: 1 } ]')).toEqual(["FC4001@9"]);
  });
});

describe("a schedule", () => {
  it("gives the flow its input, the time as a text", () => {
    expect(errors('on: { schedule: "@daily" }\nsteps: [ { set: "${timestamp(input.time).getHours()}" } ]')).toEqual([]);
    expect(errors('on: { schedule: "@daily" }\nsteps: [ { set: "${input.tim}" } ]')).toEqual(["FC3101@10"]);
  });

  it("maps the tick by `with`, where it is a timestamp", () => {
    expect(errors('on: { schedule: "@daily", with: { id: "${msg.time.getFullYear()}", total: "${msg.time.getHours()}" } }\ninput: Order\nsteps: [ { set: "${input.id}" } ]')).toEqual(["FC4001@9"]);
    expect(errors('on: [ orders, { schedule: "@daily", with: { id: "day-${msg.time}", total: 0 } } ]\ninput: Order\nsteps: [ { set: "${input.id}" } ]')).toEqual([]);
    expect(errors('on: { schedule: "@daily" }\ninput: Order\nsteps: [ { set: 1 } ]')).toEqual(["FC4001@9"]);
    expect(errors('on: { schedule: "@daily", where: msg.time > 1 }\ninput: Order\nsteps: [ { set: 1 } ]')).toEqual(["FC2002@9"]);
  });
});

describe("a request", () => {
  it("brings the flow's input, which has to be written", () => {
    expect(errors("on: { http: { method: POST, path: /orders } }\nsteps: [ { set: 1 } ]")).toEqual(["FC4006@9"]);
    expect(errors('on: { http: { method: POST, path: /orders }, with: { id: "${msg.id}", total: "${msg.totl}" } }\ninput: Order\nsteps: [ { set: 1 } ]')).toEqual(["FC3101@9"]);
    expect(errors('on: [ orders, { http: { method: POST, path: "/orders/{id}" } } ]\ninput: Order\nsteps: [ { set: "${input.total}" } ]')).toEqual([]);
    expect(errors("on: { http: { method: POST, path: /text } }\ninput: string\nsteps: [ { set: 1 } ]")).toEqual([]);
  });

  it("has fields in its path and query that the input has", () => {
    expect(errors('on: { http: { method: POST, path: "/orders/{order}" } }\ninput: Order\nsteps: [ { set: 1 } ]')).toEqual(["FC4030@9"]);
    expect(errors('on: { http: { method: POST, path: "/orders/{id}" } }\ninput: string\nsteps: [ { set: 1 } ]')).toEqual(["FC4030@9"]);
    expect(errors("on: { http: { method: GET, path: /orders } }\ninput: string\nsteps: [ { set: 1 } ]")).toEqual(["FC4030@9"]);
    expect(errors('on: { http: { method: PUT, path: "/orders/{ids}" } }\ninput: { fields: { ids: "string[]" } }\nsteps: [ { set: 1 } ]')).toEqual(["FC4030@9"]);
  });
});

describe("expressions of a trigger", () => {
  it("read msg and meta", () => {
    expect(errors('on: { topic: orders, where: "msg.total > 1 && meta.topic == \'orders\'", dedupe: { key: "msg.id + meta.id", ttl: forever }, ordering: { by: msg.id, release: parked } }\nsteps: [ { set: 1 } ]')).toEqual([]);
  });

  it("read no steps and no input", () => {
    expect(errors("on: { topic: orders, where: input.total > 1 }\nsteps: [ { set: 1 } ]")).toHaveLength(1);
  });

  it("are of the right type", () => {
    expect(errors("on: { topic: orders, where: msg.total }\nsteps: [ { set: 1 } ]")).toEqual(["FC4005@9"]);
    expect(errors("on: { topic: orders, dedupe: { key: msg, ttl: 1d } }\nsteps: [ { set: 1 } ]")).toEqual(["FC4005@9"]);
  });

  it("narrow the input", () => {
    expect(errors('on: { topic: orders, where: has(msg.note) }\nsteps: [ { set: "${input.note}" } ]')).toEqual([]);
    expect(errors('on: { topic: orders, where: has(msg.note), dedupe: { key: msg.note, ttl: 1d } }\nsteps: [ { set: 1 } ]')).toEqual([]);
    expect(errors('on: orders\nsteps: [ { set: "${input.note}" } ]')).toEqual(["FC4100@10"]);
    expect(errors('on: [ { topic: orders, where: has(msg.note) }, { manual: {} } ]\ninput: Order\nsteps: [ { set: "${input.note}" } ]')).toEqual(["FC4100@11"]);
  });
});

describe("the plan's triggers", () => {
  it("are manual when nothing is written, and have the documented defaults", () => {
    const [manual] = checkText("flowctl: v1\nflow: sample\ninput: string\nsteps: [ { set: 1 } ]\n").flows;
    expect(manual?.draft.triggers).toMatchObject([{ kind: "manual", with: { data: "hole" } }]);
    const [topic] = checkText(flow("on: orders\nsteps: [ { set: 1 } ]")).flows;
    expect(topic?.draft.triggers).toMatchObject([{ kind: "topic", topic: "orders", group: "sample", concurrency: 64 }]);
    expect(topic?.draft.topics).toMatchObject({ orders: { dlq: "orders.dlq" } });
  });
});
