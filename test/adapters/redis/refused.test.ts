import { once } from "node:events";
import { createServer } from "node:net";
import { expect, onTestFinished, test } from "vitest";
import { connect } from "./harness.js";

test.each([
  ["-WRONGPASS invalid username-password pair or user is disabled.\r\n", /^Redis at [\d.:]+ does not let flowctl in: WRONGPASS [^.]*disabled\.$/, /ACL/],
  [null, /^Redis at [\d.:]+ does not answer: .*[^.]\.$/, /is it running/],
])("what it answers, %j, becomes one sentence with one full stop, and what to do", async (answer, sentence, hint) => {
  const server = createServer((socket) => {
    socket.on("error", () => undefined);
    socket.on("data", () => (answer === null ? socket.destroy() : socket.write(answer)));
  }).listen(0, "127.0.0.1");
  onTestFinished(() => void server.close());
  await once(server, "listening");
  const address = server.address();
  const url = `redis://127.0.0.1:${typeof address === "object" && address !== null ? address.port : 0}`;
  await expect(connect(url, { username: "app", password: "s3cret" })).rejects.toMatchObject({ code: "FC6043", message: expect.stringMatching(sentence), hint: expect.stringMatching(hint) });
});
