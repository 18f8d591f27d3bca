import { expect, test } from "vitest";
import { flowctl, jsonLines } from "../support/cli.js";

const run = (input: string) => flowctl(["run", "flows/research-loop", "-i", input, "--profile", "offline", "--fresh", "-o", "json"]);
interface Report {
  readonly status: string;
  readonly output: { readonly findings: readonly { readonly task: string }[]; readonly open: readonly string[]; readonly spent: number };
}

test("the task list grows as it learns, and ends when it is empty", async () => {
  const { status, stdout } = await run("flows/research-loop/data/goal.json");
  expect(status).toBe(0);
  const [report] = jsonLines<Report>(stdout);
  expect(report?.output.findings.map(({ task }) => task)).toEqual(["List what the team needs", "Name three brokers", "Compare what operating each broker takes", "Recommend one"]);
  expect(report?.output.open).toEqual([]);
  expect(report?.output.spent).toBeGreaterThan(0);
  expect(report?.output.spent).toBeLessThan(0.25);
});

test("it stops after 12 passes with what is still open", async () => {
  const tasks = Array.from({ length: 20 }, (_, index) => `Task ${index}`);
  const { status, stdout } = await run(JSON.stringify({ goal: "Much", tasks, spend: 1 }));
  expect(status).toBe(0);
  const [report] = jsonLines<Report>(stdout);
  expect(report?.output.findings.map(({ task }) => task)).toEqual(tasks.slice(0, 12));
  expect(report?.output.open).toEqual(tasks.slice(12));
});

test("it stops when its settled cost passes what may be spent", async () => {
  const { stdout } = await run(JSON.stringify({ goal: "Cheap", tasks: ["One", "Two", "Three"], spend: 0.000001 }));
  const [report] = jsonLines<Report>(stdout);
  expect(report).toMatchObject({ status: "completed", output: { findings: [{ task: "One" }], open: ["Two", "Three"] } });
});
