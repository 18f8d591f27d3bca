import { StepError } from "../../core/errors.js";
import type { Model } from "../../core/ports/model.js";
import { cleanError } from "../../adapters/secret/clean-error.js";
import { cleanJson } from "../../adapters/secret/clean-json.js";
import type { KnownSecrets } from "../../adapters/secret/secrets.js";

/** A server may repeat the key that it was sent: no secret goes into a journal, a log or to who watches the tokens. */
export function guardedModel(model: Model, secrets: KnownSecrets): Model {
  return {
    async complete(request, options) {
      const { onText } = options;
      try {
        if (onText === null) return cleanAnswer(await model.complete(request, options), secrets.redact);
        const stream = secrets.redactedStream();
        const show = (text: string): void => void (text === "" || onText(text));
        const answer = await model.complete(request, { ...options, onText: (piece) => show(stream.push(piece)) });
        show(stream.end());
        return cleanAnswer(answer, secrets.redact);
      } catch (error) {
        throw error instanceof StepError ? cleanError(error, secrets.redact) : error;
      }
    },
  };
}

const cleanAnswer = (answer: Awaited<ReturnType<Model["complete"]>>, clean: (text: string) => string): typeof answer => ({
  ...answer,
  text: clean(answer.text),
  toolCalls: answer.toolCalls.map((call) => ({ id: clean(call.id), name: clean(call.name), args: cleanJson(call.args, clean), ...(call.raw === undefined ? {} : { raw: clean(call.raw) }) })),
});
