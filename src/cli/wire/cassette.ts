import { InfraError } from "../../core/errors.js";
import type { FlowPlan, ModelPlan } from "../../core/plan/flow-plan.js";
import type { Model } from "../../core/ports/model.js";
import type { Tool } from "../../core/ports/tool.js";
import type { KnownSecrets } from "../../adapters/secret/secrets.js";
import type { RecordedTool } from "../../adapters/tool/cassette/request.js";

/** `run --record FILE` or `--replay FILE`. */
export type CassetteChoice = { readonly record: string } | { readonly replay: string };

/** What stands between the runtime and its models and HTTP tools. Modules and expressions run for real. */
export interface Cassette extends AsyncDisposable {
  /** Whether calls go out at all: then secrets must be there. */
  readonly live: boolean;
  model(plan: ModelPlan, open: () => Promise<Model>): Promise<Model>;
  http(tool: RecordedTool, open: () => Promise<Tool>): Promise<Tool>;
}

export function chosenCassette({ record, replay }: { readonly record?: string; readonly replay?: string }): CassetteChoice | null {
  if (record !== undefined) return { record };
  return replay === undefined ? null : { replay };
}

export const NO_CASSETTE: Cassette = { live: true, model: (_plan, open) => open(), http: (_tool, open) => open(), [Symbol.asyncDispose]: () => Promise.resolve() };

/** Rejects with FC6005 before anything runs when the file cannot be used. */
export async function openCassette(choice: CassetteChoice | null, plans: readonly FlowPlan[], secrets: KnownSecrets): Promise<Cassette> {
  if (choice === null) return NO_CASSETTE;
  return "record" in choice ? record(choice.record, secrets) : replay(choice.replay, plans, secrets);
}

async function record(path: string, secrets: KnownSecrets): Promise<Cassette> {
  const [{ openRecorder }, { recordingModel }, { recordingTool }] = await Promise.all([
    import("../../adapters/cassette/recorder.js"),
    import("../../adapters/model/cassette/record.js"),
    import("../../adapters/tool/cassette/record.js"),
  ]);
  const recorder = await openRecorder({ path, clean: secrets.redact });
  return {
    live: true,
    model: async (plan, open) => recordingModel(await open(), plan, recorder),
    http: async (tool, open) => recordingTool(await open(), tool, recorder),
    [Symbol.asyncDispose]: () => recorder[Symbol.asyncDispose](),
  };
}

async function replay(path: string, plans: readonly FlowPlan[], secrets: KnownSecrets): Promise<Cassette> {
  const [{ readCassette }, { openPlayer }, { isHttpRecording, isModelRecording }, { replayingModel }, { replayingTool }] = await Promise.all([
    import("../../adapters/cassette/file.js"),
    import("../../adapters/cassette/player.js"),
    import("../../adapters/cassette/recording.js"),
    import("../../adapters/model/cassette/replay.js"),
    import("../../adapters/tool/cassette/replay.js"),
  ]);
  const cassette = await readCassette(path);
  if (cassette === null) throw new InfraError("FC6005", `The cassette \`${path}\` is not there.`, { hint: "Record it with `flowctl run --record`." });
  await knowSecrets(plans, secrets);
  const model = openPlayer(cassette, { of: isModelRecording, clean: secrets.redact });
  const http = openPlayer(cassette, { of: isHttpRecording, clean: secrets.redact });
  return {
    live: false,
    model: async (plan) => replayingModel(plan, model),
    http: async (tool) => replayingTool(tool, http),
    [Symbol.asyncDispose]: () => Promise.resolve(),
  };
}

/** No secret is needed, but those that are there were hidden in the recorded requests, and are hidden again. */
async function knowSecrets(plans: readonly FlowPlan[], secrets: KnownSecrets): Promise<void> {
  for (const secret of plans.flatMap(({ binding }) => binding.secrets)) {
    try {
      await secrets.read(secret);
    } catch (error) {
      if (!(error instanceof InfraError)) throw error;
    }
  }
}
