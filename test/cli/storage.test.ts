import { existsSync } from "node:fs";
import { dirname, join } from "node:path";
import { expect, test } from "vitest";
import { openSecrets } from "../../src/adapters/secret/secrets.js";
import { openDatabase } from "../../src/adapters/sqlite/database.js";
import { lockDatabase } from "../../src/adapters/sqlite/lock.js";
import { chooseStorage } from "../../src/cli/run/choose-storage.js";
import { openStorage } from "../../src/cli/wire/storage.js";
import { folderWith } from "../support/folder.js";

const secrets = openSecrets({ env: {}, folder: "." });

test("a command that has the file for a moment stops no process that begins to serve", async () => {
  const path = join(folderWith(), "flowctl.db");
  // Its modules are loaded then: the second opening meets the lock within a few turns.
  await (await openStorage({ kind: "sqlite", path, fresh: false }, secrets))[Symbol.asyncDispose]();
  const command = lockDatabase(path);
  if ("heldBy" in command) throw new Error("the lock was not free");
  let refused = false;
  const opening = openStorage({ kind: "sqlite", path, fresh: false }, secrets);
  opening.catch(() => (refused = true));
  // By then it has met the lock as well.
  for (let time = 0; time < 20; time += 1) await expect(openDatabase(path)).rejects.toMatchObject({ code: "FC6016" });
  await new Promise((resolve) => setImmediate(resolve));
  expect(refused).toBe(false);
  command.release();
  await using storage = await opening;
  expect(storage.shared?.path).toBe(path);
});

test("--fresh: the folder is there while the store is open, and not for a process that ends before", async () => {
  const choice = chooseStorage({ file: null, folder: folderWith(), found: false, diagnostics: [], sources: new Map() }, { fresh: true });
  if (choice.kind !== "sqlite") throw new Error("it is kept in a file");
  const folder = dirname(choice.path);
  expect(existsSync(folder)).toBe(false);
  {
    await using _ = await openStorage(choice, secrets);
    expect(existsSync(folder)).toBe(true);
  }
  expect(existsSync(folder)).toBe(false);
});
