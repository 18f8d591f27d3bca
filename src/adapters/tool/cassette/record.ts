import { StepError } from "../../../core/errors.js";
import type { Tool } from "../../../core/ports/tool.js";
import type { Recorder } from "../../cassette/recorder.js";
import { recordedError } from "../../cassette/step-error.js";
import { recordedCall, type RecordedTool } from "./request.js";

/** An HTTP tool whose outputs and errors are written down. A call that its caller gave up has none. */
export function recordingTool(inner: Tool, tool: RecordedTool, recorder: Recorder): Tool {
  return {
    async call(call) {
      const request = await recordedCall(tool, call.input);
      const end = recorder.begin("http", request);
      const what = { call: "http", about: `${tool.name} of ${call.run.flow}`, request } as const;
      try {
        const output = await inner.call(call);
        end({ ...what, result: { ok: output } });
        return output;
      } catch (error) {
        end(error instanceof StepError && !call.signal.aborted ? { ...what, result: { error: recordedError(error) } } : null);
        throw error;
      }
    },
    [Symbol.asyncDispose]: () => inner[Symbol.asyncDispose](),
  };
}
