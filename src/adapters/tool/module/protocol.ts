import type { Json } from "../../../core/json.js";

/** What the main thread says to a module's worker. Types only: the worker runs alone. */
export type ToWorker =
  | { readonly say: "call"; readonly id: number; readonly export: string; readonly input: Json; readonly key: string }
  | { readonly say: "abort"; readonly id: number }
  | { readonly say: "ping" };

/** What a worker answers; `json` is JSON text. */
export type FromWorker =
  | { readonly say: "log"; readonly id: number; readonly text: string }
  | { readonly say: "pong" }
  | ({ readonly say: "ended"; readonly id: number } & Ending);

export type Ending =
  | { readonly how: "returned"; readonly json: string }
  | { readonly how: "threw"; readonly message: string; readonly stack?: string; readonly code?: string; readonly json?: string; readonly retryAfterMs?: number }
  | { readonly how: "not_json"; readonly message: string }
  | { readonly how: "not_loaded"; readonly message: string };
