import { canonicalJson, type Json, type JsonObject } from "../../core/json.js";
import type { ModelAnswer } from "../../core/ports/model.js";

/** One call: what was asked, and what came of it. Equal requests get equal answers (../cassette/player.ts). */
export type Recording = ModelRecording | HttpRecording;

export interface ModelRecording {
  readonly call: "model";
  /** Who asked, for the reader: not compared. */
  readonly about: string;
  readonly request: JsonObject;
  readonly result: Result<ModelAnswer>;
}

export interface HttpRecording {
  readonly call: "http";
  readonly about: string;
  readonly request: JsonObject;
  readonly result: Result<Json>;
}

export type Result<T> = { readonly ok: T } | { readonly error: RecordedError };

/** A StepError as data. */
export interface RecordedError {
  readonly code: string;
  readonly message: string;
  readonly data?: Json;
  /** Absent: the call was not applied (I20). */
  readonly outcome?: "unknown";
  readonly retryAfterMs?: number;
}

/** Equal for equal requests. */
export const requestKey = (call: Recording["call"], request: JsonObject): string => `${call} ${canonicalJson(request)}`;

export const isModelRecording = (recording: Recording): recording is ModelRecording => recording.call === "model";
export const isHttpRecording = (recording: Recording): recording is HttpRecording => recording.call === "http";
