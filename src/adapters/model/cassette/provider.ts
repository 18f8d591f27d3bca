import { resolve } from "node:path";
import { InfraError } from "../../../core/errors.js";
import type { JsonObject } from "../../../core/json.js";
import type { ModelProvider } from "../../../core/ports/model.js";
import { openPlayer } from "../../cassette/player.js";
import { readCassette } from "../../cassette/file.js";
import { isModelRecording } from "../../cassette/recording.js";
import { replayingModel } from "./replay.js";

/**
 * Models that answer from a cassette: `file` is relative to the file that declares the model. Compared is what is asked, and
 * the model's name where one is written; its settings are those of the recording.
 */
export function cassetteProvider({ clean }: { readonly clean: (text: string) => string }): ModelProvider {
  return {
    async open(plan, { folder }) {
      const { file } = plan.options;
      if (typeof file !== "string") {
        throw new InfraError("FC6005", "A model of the provider `cassette` has no `file`.", { hint: "Give it the path of a file that `flowctl run --record` wrote." });
      }
      const cassette = await readCassette(resolve(folder, file));
      if (cassette === null) throw new InfraError("FC6005", `The cassette \`${file}\` is not there.`, { hint: "Record it with `flowctl run --record`." });
      const named = plan.model !== "cassette";
      const compared = ({ model = null, messages = null, tools, output }: JsonObject): JsonObject => ({
        ...(named ? { model } : {}),
        messages,
        ...(tools === undefined ? {} : { tools }),
        ...(output === undefined ? {} : { output }),
      });
      return replayingModel(plan, openPlayer({ ...cassette, path: file }, { of: isModelRecording, compared, clean }));
    },
  };
}
