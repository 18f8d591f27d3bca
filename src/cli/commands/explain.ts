import { Option, type Command } from "commander";
import { CommandError, EXIT } from "../exit.js";
import { print } from "../terminal.js";

export function registerExplain(program: Command): void {
  program
    .command("explain")
    .description("say what a diagnostic code or a key of the language means, with an example")
    .argument("<topic>", "a code such as FC3001, or a key such as steps.map.over")
    .addOption(new Option("-o, --output <form>", "how it is printed").choices(["text", "json"]).default("text"))
    .addHelpText("after", "\nExamples:\n  $ flowctl explain FC3001\n  $ flowctl explain on.dedupe")
    .action(async (topic: string, { output }: { readonly output: "text" | "json" }) => {
      const { explain, meant } = await import("../explain/explain.js");
      const text = explain(topic, output === "json");
      if (text === null) {
        const places = meant(topic);
        throw new CommandError(EXIT.usage, `there is nothing to explain under \`${topic}\``, places.length > 0 ? `did you mean ${places.map((path) => `\`${path}\``).join(", ")}?` : "give a code (FC3001) or a key (steps.map.over); docs/errors.md lists all codes");
      }
      await print(text);
    });
}
