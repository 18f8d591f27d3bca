import type { ModelPlan } from "../../../core/plan/flow-plan.js";
import type { Model } from "../../../core/ports/model.js";
import type { Player } from "../../cassette/player.js";
import type { ModelRecording } from "../../cassette/recording.js";
import { stepError } from "../../cassette/step-error.js";
import { recordedRequest } from "./request.js";

/** A model that answers what was recorded, and calls nobody. */
export function replayingModel(plan: ModelPlan, player: Player<ModelRecording>): Model {
  return {
    async complete(request, { signal, onText }) {
      signal.throwIfAborted();
      const { result } = player(recordedRequest(plan, request));
      if ("error" in result) throw stepError(result.error);
      if (onText !== null) for (const piece of result.ok.text.split(/(?<=\s)/)) onText(piece);
      return result.ok;
    },
  };
}
