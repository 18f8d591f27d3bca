import { expect, test } from "vitest";
import { flowctl } from "../support/cli.js";
import { folderWith } from "../support/folder.js";

const FLOW = "flowctl: v1\nflow: waits\non: { manual: {} }\nsteps: [ { id: pause, wait: 1ms } ]\n";

test("a project file with errors is a line that fails", async () => {
  for (const broken of ["flowctl: v1\nstore: 7\n", "flowctl: [\n"]) {
    const cwd = folderWith({ "flow.yaml": FLOW, "flowctl.yaml": broken });
    expect(await flowctl(["doctor"], { cwd })).toMatchObject({ status: 3, stdout: expect.stringContaining("MISS project file: has errors: run flowctl validate\n") });
    expect(JSON.parse((await flowctl(["doctor", "-o", "json"], { cwd })).stdout)).toContainEqual({ what: "project file", ok: false, says: "has errors: run flowctl validate" });
  }
});
