import { rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { openSecrets } from "../../../src/adapters/secret/secrets.js";
import { readText, readTls } from "../../../src/cli/wire/connecting.js";
import { authority } from "../../support/certificates.js";
import { folderWith } from "../../support/folder.js";

test("a text with a secret in it is what its file holds", async () => {
  const folder = folderWith({ word: "first\n" });
  const text = await readText(["redis://app:", { secret: "file", name: "word" }, "@127.0.0.1"], openSecrets({ env: {}, folder }));
  expect(text()).toBe("redis://app:first@127.0.0.1");
  writeFileSync(join(folder, "word"), "second");
  expect(text()).toBe("redis://app:second@127.0.0.1");
});

test("certificates are taken together: as they were while only one of their files is replaced, half written or gone", async () => {
  const made = authority(folderWith(), "authority");
  const [first, second] = [made.sign("DNS:first.test"), made.sign("DNS:second.test")];
  const folder = folderWith({ "ca.pem": made.ca, "cert.pem": first.cert, "key.pem": first.key });
  const write = (name: string, text: string): void => writeFileSync(join(folder, name), text);
  const tls = await readTls({ ca: "ca.pem", cert: "cert.pem", key: [{ secret: "file", name: "key.pem" }], serverName: "s" }, openSecrets({ env: {}, folder }), folder);
  const shown = { ca: made.ca, serverName: "s" };
  const before = { ...shown, cert: first.cert, key: first.key.trimEnd() };
  expect(tls()).toEqual(before);
  const unfinished = [() => write("cert.pem", second.cert), () => write("key.pem", second.key.slice(0, 60)), () => write("key.pem", ""), () => rmSync(join(folder, "key.pem"))];
  for (const step of unfinished) {
    step();
    expect(tls()).toEqual(before);
  }
  write("key.pem", second.key);
  expect(tls()).toEqual({ ...shown, cert: second.cert, key: second.key.trimEnd() });
});
