import { spawn } from "node:child_process";
import { test } from "vitest";

/** A program of somebody else, and what it needs to run. */
export interface Tool {
  readonly command: string;
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
}

/** What it prints, of `input` where there is one. */
export function runTool({ command, args, env }: Tool, more: readonly string[], input = ""): Promise<string> {
  return new Promise((done, fail) => {
    const child = spawn(command, [...args, ...more], { env: { ...process.env, ...env } });
    const [out, err]: [Buffer[], Buffer[]] = [[], []];
    child.stdout.on("data", (bytes: Buffer) => out.push(bytes));
    child.stderr.on("data", (bytes: Buffer) => err.push(bytes));
    child.on("error", fail);
    child.on("close", (status) => {
      if (status === 0) done(Buffer.concat(out).toString());
      else fail(new Error(`${command} ended with ${status}: ${Buffer.concat(err).toString()}`));
    });
    child.stdin.on("error", () => undefined);
    child.stdin.end(input);
  });
}

/** A test with a program that is fetched where servers are required, and has to be there already elsewhere. */
export function testWith(named: string, what: string, act: (tool: Tool) => Promise<void>): void {
  test(what, { timeout: 180_000 }, async ({ skip }) => {
    const onlyCached = process.env["FLOWCTL_REQUIRE_SERVERS"] === undefined;
    const { tool }: { tool(name: string, onlyCached: boolean): Promise<Tool | string> } = await import(new URL("../../scripts/servers/tools.mjs", import.meta.url).href);
    const found = await tool(named, onlyCached);
    if (typeof found === "string") skip(found);
    else await act(found);
  });
}
