/** What a worker is started with. `begun`: the id of the last call whose function was entered; calls begin in the order of their ids. */
export interface WorkerStart {
  readonly file: string;
  readonly begun: Int32Array<SharedArrayBuffer>;
}

/** What the main thread says to a module's worker. Types only: the worker runs alone. */
export type ToWorker =
  /** All calls of one turn of the loop, in columns; `inputs` is the JSON text of a list: a message costs more than a call. */
  | { readonly say: "calls"; readonly ids: readonly number[]; readonly names: readonly string[]; readonly keys: readonly string[]; readonly inputs: string }
  | { readonly say: "abort"; readonly id: number }
  | { readonly say: "ping" };

/** What a worker answers. */
export type FromWorker =
  /** First of all: sha256 of the file that it loads, "" of one that cannot be read. */
  | { readonly say: "loads"; readonly code: string }
  /** All results of one turn; `outputs` is the JSON text of a list. */
  | { readonly say: "returned"; readonly ids: readonly number[]; readonly outputs: string }
  | { readonly say: "failed"; readonly id: number; readonly failure: Failure }
  | { readonly say: "log"; readonly id: number; readonly text: string }
  | { readonly say: "print"; readonly text: string }
  | { readonly say: "pong" };

export type Failure =
  | { readonly how: "threw"; readonly message: string; readonly stack?: string; readonly code?: string; /** JSON text */ readonly data?: string; readonly retryAfterMs?: number }
  | { readonly how: "not_json" | "too_long" | "not_loaded"; readonly message: string };
