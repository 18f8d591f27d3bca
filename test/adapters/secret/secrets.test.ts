import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { openSecrets } from "../../../src/adapters/secret/secrets.js";

let folder = "";
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "flowctl-secret-"));
});
afterAll(() => rm(folder, { recursive: true }));

describe("secrets", () => {
  test("come from the environment and from files, without the last line break", async () => {
    await writeFile(join(folder, "token"), "t0p-secret\n");
    const secrets = openSecrets({ env: { KEY: "k-1234567" }, folder });
    expect(await secrets.read({ secret: "env", name: "KEY" })).toBe("k-1234567");
    expect(await secrets.read({ secret: "file", name: "token" })).toBe("t0p-secret");
    expect(await secrets.read({ secret: "file", name: join(folder, "token") })).toBe("t0p-secret");
  });

  test("a rotated file is seen", async () => {
    const secrets = openSecrets({ env: {}, folder });
    await writeFile(join(folder, "rotated"), "first-value");
    await secrets.read({ secret: "file", name: "rotated" });
    await writeFile(join(folder, "rotated"), "second-value");
    expect(await secrets.read({ secret: "file", name: "rotated" })).toBe("second-value");
  });

  test("what was read is looked at anew for each connection: as it was where its file is just being replaced, and hidden as it is now", async () => {
    const secrets = openSecrets({ env: { KEY: "k-1234567" }, folder });
    const [file, env] = [{ secret: "file", name: "latest" }, { secret: "env", name: "KEY" }] as const;
    await writeFile(join(folder, "latest"), "first-value\n");
    await Promise.all([secrets.read(file), secrets.read(env)]);
    expect([secrets.latest(file), secrets.latest(env)]).toEqual(["first-value", "k-1234567"]);
    for (const replace of [() => rm(join(folder, "latest")), () => writeFile(join(folder, "latest"), "")]) {
      await replace();
      expect(secrets.latest(file)).toBe("first-value");
    }
    await writeFile(join(folder, "latest"), "second-value\n");
    expect(secrets.latest(file)).toBe("second-value");
    expect(secrets.redact("first-value, second-value")).toBe("***, ***");
    await rm(join(folder, "latest"));
    expect(secrets.latest(file)).toBe("second-value");
  });

  test.each([
    [{ secret: "env", name: "ABSENT" }, "`${env:ABSENT}` is not set"],
    [{ secret: "env", name: "EMPTY" }, "`${env:EMPTY}` is not set"],
    [{ secret: "file", name: "absent" }, "`${file:absent}` is not set"],
    [{ secret: "vault", name: "a/b#c" }, "`${vault:a/b#c}` cannot be read: vaults are not supported by this version"],
  ] as const)("what is missing is named: %j", async (ref, message) => {
    const secrets = openSecrets({ env: { EMPTY: "" }, folder });
    await expect(secrets.read(ref)).rejects.toMatchObject({ name: "InfraError", code: "FC6001", message: expect.stringContaining(message) });
  });

  test("a stream hides a secret that comes in pieces, and shows what only begins like one", async () => {
    const secrets = openSecrets({ env: { KEY: "k-12345678" }, folder });
    await secrets.read({ secret: "env", name: "KEY" });
    const stream = secrets.redactedStream();
    const shown = ["take k", "-12", "345678 and k-1", "2x, k-1234", "5678k-12"].map((piece) => stream.push(piece));
    expect([...shown, stream.end()]).toEqual(["take ", "", "*** and ", "k-12x, ", "***", "k-12"]);
  });

  test("known values are hidden in texts, encoded ones too; addresses are not", async () => {
    const secrets = openSecrets({ env: { KEY: "a b/c+secret", URL: "http://127.0.0.1:80" }, folder });
    await secrets.read({ secret: "env", name: "KEY" });
    await secrets.read({ secret: "env", name: "URL" });
    expect(secrets.redact("http://127.0.0.1:80?k=a%20b%2Fc%2Bsecret: a b/c+secret")).toBe("http://127.0.0.1:80?k=***: ***");
  });
});
