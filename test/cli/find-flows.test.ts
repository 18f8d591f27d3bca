import { chmodSync, mkdirSync, symlinkSync, truncateSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { flowctl } from "../support/cli.js";
import { folderWith } from "../support/folder.js";

const FLOW = "flowctl: v1\nflow: waits\non: { manual: {} }\ninput: string\nsteps: [ { id: pause, wait: 1ms } ]\n";

test.runIf(process.platform === "linux")("what cannot be read may hold flows: it is named, with what to do, and who names the flows is not held up", async () => {
  const cwd = folderWith({ "flow.yaml": FLOW, "more/notes.txt": "" });
  // A file that no user can read from its beginning.
  symlinkSync("/proc/self/mem", join(cwd, "more/dump.yaml"));
  expect(await flowctl(["validate"], { cwd })).toMatchObject({ status: 3, stdout: "", stderr: expect.stringMatching(/^flowctl: `more\/dump\.yaml` cannot be read, and may hold flows: .+\n {2}hint: name the flows' files or folders, .*`flows:`/) });
  expect((await flowctl(["validate", "."], { cwd })).status).toBe(0);
});

test("what is larger than a flow can be is looked at no further, and read where it is a flow by its begin", async () => {
  const cwd = folderWith({ "flow.yaml": FLOW, "dump.yaml": "rows:\n", "sub/flow.yaml": FLOW });
  // More than a text of Node.js holds, on no disk.
  for (const file of ["dump.yaml", "sub/flow.yaml"]) truncateSync(join(cwd, file), file === "dump.yaml" ? 3_000_000_000 : 4_000_000);
  expect(await flowctl(["validate", "."], { cwd })).toEqual({ status: 0, stdout: "no problems in 1 file\n", stderr: "" });
  expect((await flowctl(["validate", "sub"], { cwd })).stdout).toContain("error[FC1002]: the file is larger than 1 MB");
});

test("a file that is named in several ways is one file", async () => {
  const cwd = folderWith({ "flow.yaml": FLOW.replace("1ms", "soon"), "sub/.keep": "" });
  const once = await flowctl(["validate", "flow.yaml"], { cwd });
  expect(once).toMatchObject({ status: 1, stdout: expect.stringMatching(/^flow\.yaml:5:/) });
  expect(await flowctl(["validate", "./flow.yaml", "flow.yaml", "sub/../flow.yaml", join(cwd, "flow.yaml"), "."], { cwd })).toEqual(once);
});

test.runIf(process.getuid?.() !== 0)("so is a folder of another user", async () => {
  const cwd = folderWith({ "flow.yaml": FLOW });
  mkdirSync(join(cwd, "data"));
  chmodSync(join(cwd, "data"), 0);
  expect(await flowctl(["validate"], { cwd })).toMatchObject({ status: 3, stderr: expect.stringContaining("`data` cannot be read, and may hold flows: EACCES") });
});

test.runIf(process.platform === "linux")("a flow, or a file that one names, which cannot be read is no bug of flowctl: it is named, exit 3", async () => {
  const cwd = folderWith({ "flow.yaml": "flowctl: v1\nflow: calls\non: { manual: {} }\ninput: string\ntools: { t: { module: ./tool.js#run, input: string, effect: read } }\nsteps: [ { tool: t, with: \"${input}\" } ]\n" });
  for (const name of ["tool.js", "secret.yaml"]) symlinkSync("/proc/self/mem", join(cwd, name));
  for (const [args, file] of [[["validate", "flow.yaml"], "tool.js"], [["run", "flow.yaml", "-i", '"x"'], "tool.js"], [["validate", "secret.yaml"], "secret.yaml"]] as const) {
    expect(await flowctl(args, { cwd }), args.join(" ")).toMatchObject({ status: 3, stdout: "", stderr: expect.stringMatching(new RegExp(`^flowctl: \`${file}\` cannot be read: EIO: .+\n$`)) });
  }
});

test("a flow whose file begins with a byte order mark is found in its folder: what is wrong in it was passed over", async () => {
  const cwd = folderWith({ "flow.yaml": FLOW, "marked.yaml": `\ufeff${FLOW.replace("waits", "marked").replace("1ms", "soon")}` });
  expect(await flowctl(["validate"], { cwd })).toMatchObject({ status: 1, stdout: expect.stringContaining("marked.yaml:5:") });
  expect(await flowctl(["validate", "*.yaml"], { cwd })).toMatchObject({ status: 1, stdout: expect.stringContaining("marked.yaml:5:") });
});
