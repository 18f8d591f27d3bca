import { spawnSync } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { connect as dial } from "node:net";
import { join } from "node:path";
import { createServer } from "node:tls";
import { expect, test } from "vitest";
import { message, numberOf, read } from "../../conformance/bus-reader.js";
import { folderWith } from "../../support/folder.js";
import { describeOn } from "../../support/servers.js";
import { connect, madeTopic } from "./harness.js";

/** A certificate for `redis.test`, of its own. */
function certificate(): { readonly key: string; readonly cert: string } {
  const cwd = folderWith();
  const { status, stderr } = spawnSync("openssl", ["req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "1", "-subj", "/CN=redis.test", "-addext", "subjectAltName=DNS:redis.test", "-keyout", "key.pem", "-out", "cert.pem"], { cwd, encoding: "utf8" });
  expect(status, stderr).toBe(0);
  return { key: readFileSync(join(cwd, "key.pem"), "utf8"), cert: readFileSync(join(cwd, "cert.pem"), "utf8") };
}

describeOn("redis", "Redis Streams, TLS", (url) => {
  test("the certificate is checked: with its own authority and its name messages go and come, else nothing does", async () => {
    const { key, cert } = certificate();
    const { hostname, port } = new URL(url);
    const server = createServer({ key, cert }, (client) => {
      const plain = dial(Number(port), hostname);
      client.on("error", () => plain.destroy());
      plain.on("error", () => client.destroy());
      client.pipe(plain).pipe(client);
    });
    server.on("tlsClientError", () => undefined);
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    const address = server.address();
    const secure = `rediss://127.0.0.1:${typeof address === "object" && address !== null ? address.port : 0}`;
    {
      await using broker = await connect(secure, { tls: { ca: cert, serverName: "redis.test" } });
      const topic = await madeTopic(broker);
      const reader = read(await broker.bus.subscribe({ topic, group: "g", from: "earliest", maxBatch: 10 }));
      await broker.bus.publish([message(topic, "k", 1)]);
      expect((await reader.take(1)).map(numberOf)).toEqual([1]);
    }
    await expect(connect(secure)).rejects.toThrow(/does not answer: .*(self-signed|certificate)/);
    await expect(connect(secure, { tls: { ca: cert } })).rejects.toThrow(/does not answer: .*(altname|IP)/i);
    server.close();
  });
});
