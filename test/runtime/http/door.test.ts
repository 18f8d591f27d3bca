import { expect, test } from "vitest";
import type { HttpRequest, HttpServer } from "../../../src/core/ports/http-server.js";
import { collectGarbage } from "../../support/collect-garbage.js";
import { world } from "../../support/runtime.js";

test("an answer is not kept once it is given", async () => {
  const listening = Promise.withResolvers<Parameters<HttpServer["listen"]>[0]>();
  const http: HttpServer = {
    listen: async (given) => {
      listening.resolve(given);
      return { address: "http://127.0.0.1:1", close: async () => undefined };
    },
  };
  const { runtime } = world("flowctl: v1\nflow: f\non: { http: { method: GET, path: /f } }\ninput: { fields: {} }\nvalue: { a: 1 }\n", {}, { http });
  await runtime.start();
  const handle = await listening.promise;
  const request: HttpRequest = { method: "GET", path: "/f", query: "", headers: {}, body: async () => new Uint8Array() };
  const answers: WeakRef<object>[] = [];
  for (let times = 0; times < 20; times += 1) {
    const answer = await handle(request);
    expect(answer.status).toBe(200);
    answers.push(new WeakRef(answer));
  }
  await collectGarbage();
  expect(answers.filter((answer) => answer.deref() !== undefined).length).toBeLessThan(2);
  await runtime.close();
});
