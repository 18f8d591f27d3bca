import type { Tool } from "../../../core/ports/tool.js";
import type { Player } from "../../cassette/player.js";
import type { HttpRecording } from "../../cassette/recording.js";
import { stepError } from "../../cassette/step-error.js";
import { recordedCall, type RecordedTool } from "./request.js";

/** An HTTP tool that gives what was recorded, and calls nobody. */
export function replayingTool(tool: RecordedTool, player: Player<HttpRecording>): Tool {
  return {
    async call({ input, signal }) {
      signal.throwIfAborted();
      const { result } = player(await recordedCall(tool, input));
      if ("error" in result) throw stepError(result.error);
      return result.ok;
    },
    [Symbol.asyncDispose]: () => Promise.resolve(),
  };
}
