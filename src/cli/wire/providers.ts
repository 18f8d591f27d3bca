import type { Connection } from "../../core/expression.js";
import type { ModelProvider } from "../../core/ports/model.js";
import type { KnownSecrets } from "../../adapters/secret/secrets.js";

/** Every model provider that has an adapter; each is loaded when a flow needs it. */
export const PROVIDERS: Readonly<Record<string, (text: (connection: Connection) => Promise<string>, secrets: KnownSecrets) => Promise<ModelProvider>>> = {
  async openai(text) {
    const { openaiProvider } = await import("../../adapters/model/openai/provider.js");
    return openaiProvider({ text, env: process.env });
  },
  async scripted() {
    const { scriptedProvider } = await import("../../adapters/model/scripted/provider.js");
    return scriptedProvider();
  },
  async cassette(_text, secrets) {
    const { cassetteProvider } = await import("../../adapters/model/cassette/provider.js");
    return cassetteProvider({ clean: secrets.redact });
  },
};

/** Those that answer from a file, and the option that names it: opening one asks nobody. */
export const FROM_FILES: ReadonlyMap<string, string> = new Map([["scripted", "answers"], ["cassette", "file"]]);
