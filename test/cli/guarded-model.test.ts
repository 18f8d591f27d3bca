import { expect, test } from "vitest";
import { openSecrets } from "../../src/adapters/secret/secrets.js";
import { guardedModel } from "../../src/cli/wire/guarded-model.js";
import { StepError } from "../../src/core/errors.js";
import type { Model } from "../../src/core/ports/model.js";

const KEY = "pl4nted-key";
const caller = { flow: "f", agent: "a", run: "r", path: "s", input: null };

async function guarded(model: Model): Promise<Model> {
  const secrets = openSecrets({ env: { KEY }, folder: "." });
  await secrets.read({ secret: "env", name: "KEY" });
  return guardedModel(model, secrets);
}
const ask = async (model: Model, onText: ((text: string) => void) | null = null) => (await guarded(model)).complete({ messages: [], tools: [] }, { signal: new AbortController().signal, onText, caller });

test("a key that a server repeats is in no text, tool call or token, also where it comes in pieces", async () => {
  const pieces = ["your key pl4n", "ted-", "key is pl4", "in"];
  const shown: string[] = [];
  const answer = await ask(
    {
      complete: async (_request, { onText }) => {
        for (const piece of pieces) onText?.(piece);
        return { text: pieces.join(""), toolCalls: [{ id: "1", name: "t", args: { key: [KEY] } }, { id: "2", name: "t", args: null, raw: `{${KEY}` }, { id: `id-${KEY}`, name: `no ${KEY}`, args: {} }], usage: { in: 1, out: 1 }, finish: "tools" };
      },
    },
    (text) => shown.push(text),
  );
  expect(answer).toMatchObject({ text: "your key *** is pl4in", toolCalls: [{ args: { key: ["***"] } }, { raw: "{***" }, { id: "id-***", name: "no ***" }] });
  expect(shown.join("")).toBe("your key *** is pl4in");
  expect(shown.every((piece) => !piece.includes("pl4n"))).toBe(true);
});

test("nor in an error, which keeps what it says otherwise", async () => {
  const failing: Model = { complete: () => Promise.reject(new StepError("rate_limit", `too many for ${KEY}`, { outcome: "unknown", retryAfterMs: 5, data: { [KEY]: KEY } })) };
  await expect(ask(failing)).rejects.toMatchObject({ code: "rate_limit", message: "too many for ***", outcome: "unknown", retryAfterMs: 5, data: { "***": "***" } });
});
