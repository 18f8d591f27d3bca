import type { Json } from "../../../core/json.js";
import type { Failure } from "./protocol.js";

export interface ModuleCall {
  readonly name: string;
  /** What `code` has said of the file: the call runs in a thread that has loaded this. */
  readonly code: string;
  readonly input: Json;
  readonly key: string;
  readonly signal: AbortSignal;
  readonly log: (text: string) => void;
}

/** The module answered that it cannot answer. */
export class ModuleFailure extends Error {
  override readonly name = "ModuleFailure";
  readonly failure: Failure;
  constructor(failure: Failure) {
    super(failure.message);
    this.failure = failure;
  }
}

/** The thread ended under a call. One that had begun may have come any way; one that had not has done nothing (I20). */
export class WorkerEnded extends Error {
  override readonly name = "WorkerEnded";
  readonly began: boolean;
  constructor(message: string, began: boolean) {
    super(message);
    this.began = began;
  }
}
