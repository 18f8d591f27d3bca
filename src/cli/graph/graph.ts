import { drawMermaid } from "../../compiler/draw/mermaid.js";
import { drawTerminal } from "../../compiler/draw/terminal.js";
import { EXIT, type ExitCode } from "../exit.js";
import { oneFlow } from "../files/one-flow.js";
import { print } from "../terminal.js";

export async function graph(path: string, format: "terminal" | "mermaid"): Promise<ExitCode> {
  const found = await oneFlow(path, { set: [] });
  if (found === null) return EXIT.findings;
  await print(format === "mermaid" ? drawMermaid(found.plan) : drawTerminal(found.plan));
  return EXIT.ok;
}
