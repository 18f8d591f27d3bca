import { InfraError } from "../../core/errors.js";
import type { Finding } from "./doctor.js";

/** What stops `run`, in its words: its sentence, and what to do. */
export function failing(what: string, error: unknown): Finding {
  if (!(error instanceof InfraError)) throw error;
  const { code, message, hint = "" } = error;
  return { what, ok: false, says: `${code}: ${message}${hint === "" ? "" : ` ${hint.charAt(0).toUpperCase()}${hint.slice(1)}`}` };
}
