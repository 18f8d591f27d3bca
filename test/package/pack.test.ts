import { execFileSync } from "node:child_process";
import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { satisfies } from "semver";
import { afterAll, beforeAll, expect, test } from "vitest";

/**
 * What a user gets: the packed files with their dependencies, in an empty folder that knows nothing of this repository.
 * The versions are those of the lock file: npm ci of this repository left them in npm's cache, so nothing is asked of a registry.
 */
const folder = mkdtempSync(join(tmpdir(), "flowctl-pack-"));
const run = (command: string, args: readonly string[], cwd = folder) => execFileSync(command, args, { cwd, encoding: "utf8", stdio: ["ignore", "pipe", "pipe"] });

beforeAll(() => {
  const packed: unknown = JSON.parse(execFileSync("npm", ["pack", "--json", "--ignore-scripts", "--pack-destination", folder], { encoding: "utf8" }));
  const [first] = Array.isArray(packed) ? packed : Object.values(Object(packed));
  const installed = join(folder, "node_modules", "flowctl");
  mkdirSync(installed, { recursive: true });
  run("tar", ["-xzf", first.filename, "--strip-components=1", "-C", installed]);
  copyFileSync("package-lock.json", join(installed, "package-lock.json"));
  run("npm", ["ci", "--omit=dev", "--ignore-scripts", "--prefer-offline", "--no-audit", "--no-fund"], installed);
}, 300_000);
afterAll(() => rmSync(folder, { recursive: true, force: true }));

test("the command runs", () => {
  const { version } = JSON.parse(readFileSync("package.json", "utf8"));
  expect(run(process.execPath, ["node_modules/flowctl/bin/flowctl.js", "--version"]).trim()).toBe(version);
});

test("a template validates and runs", () => {
  run(process.execPath, ["node_modules/flowctl/bin/flowctl.js", "init", "mine"]);
  expect(run(process.execPath, ["node_modules/flowctl/bin/flowctl.js", "validate", "mine"])).toContain("no problems");
  const printed = run(process.execPath, ["node_modules/flowctl/bin/flowctl.js", "run", "mine", "-i", "mine/input.json"]);
  expect(printed).toContain("Hello Ada");
});

test("the library compiles a flow and LangGraph runs it", () => {
  writeFileSync(
    join(folder, "use.mjs"),
    `import { compileFlow } from "flowctl";
const { graph, diagnostics } = await compileFlow("flowctl: v1\\nflow: hello\\non: { manual: {} }\\ninput: string\\noutput: string\\nsteps: []\\nvalue: \\"Hello \${input}\\"\\n");
if (!graph) throw new Error(JSON.stringify(diagnostics));
console.log((await graph.compile().invoke({ input: "Ada" })).output);
`,
  );
  expect(run(process.execPath, ["use.mjs"]).trim()).toBe("Hello Ada");
});

test("the library says which Node.js it needs to one that is older", () => {
  writeFileSync(join(folder, "older.mjs"), `Object.defineProperty(process, "versions", { value: { ...process.versions, node: "20.20.2" } });\n`);
  writeFileSync(join(folder, "import.mjs"), `await import("flowctl").catch(({ message }) => console.log(message));\n`);
  expect(run(process.execPath, ["--import", "./older.mjs", "import.mjs"]).trim()).toBe("flowctl needs Node.js 24 or newer; this is 20.20.2. Install it from https://nodejs.org, and run the program with it.");
});

const NODE = "24.0.0";

test("every locked package runs on Node 24", () => {
  const lock: { packages: Record<string, { engines?: { node?: string }; optional?: boolean }> } = JSON.parse(readFileSync("package-lock.json", "utf8"));
  const refusing = Object.entries(lock.packages).filter(([name, { engines }]) => name !== "" && engines?.node !== undefined && !satisfies(NODE, engines.node));
  expect(refusing).toEqual([]);
});
