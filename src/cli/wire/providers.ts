import type { Connection } from "../../core/expression.js";
import type { ModelProvider } from "../../core/ports/model.js";

/** Every model provider that has an adapter; each is loaded when a flow needs it. */
export const PROVIDERS: Readonly<Record<string, (text: (connection: Connection) => Promise<string>) => Promise<ModelProvider>>> = {
  async openai(text) {
    const { openaiProvider } = await import("../../adapters/model/openai/provider.js");
    return openaiProvider({ text, env: process.env });
  },
  async scripted() {
    const { scriptedProvider } = await import("../../adapters/model/scripted/provider.js");
    return scriptedProvider();
  },
};
