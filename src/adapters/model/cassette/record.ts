import { StepError } from "../../../core/errors.js";
import type { ModelPlan } from "../../../core/plan/flow-plan.js";
import type { Model } from "../../../core/ports/model.js";
import type { Recorder } from "../../cassette/recorder.js";
import { recordedError } from "../../cassette/step-error.js";
import { recordedRequest } from "./request.js";

/** A model whose answers and errors are written down. A call that its caller gave up has none. */
export function recordingModel(inner: Model, plan: ModelPlan, recorder: Recorder): Model {
  return {
    async complete(request, options) {
      const { signal, caller } = options;
      const sent = recordedRequest(plan, request);
      const end = recorder.begin("model", sent);
      const call = { call: "model", about: `${caller.agent} of ${caller.flow}`, request: sent } as const;
      try {
        const answer = await inner.complete(request, options);
        end({ ...call, result: { ok: answer } });
        return answer;
      } catch (error) {
        end(error instanceof StepError && !signal.aborted ? { ...call, result: { error: recordedError(error) } } : null);
        throw error;
      }
    },
  };
}
