import { KafkaFailure } from "../driver.js";

/** The library wraps what the broker said in what it did about it. */
export function failure(error: unknown): KafkaFailure {
  if (error instanceof KafkaFailure) return error;
  const message = error instanceof Error ? error.message : String(error);
  return new KafkaFailure(message, typeOf(error), error);
}

function typeOf(error: unknown): string | null {
  for (let at = error, depth = 0; at instanceof Error && depth < 8; at = at.cause, depth += 1) {
    if ("type" in at && typeof at.type === "string" && at.type !== "") return at.type;
  }
  return null;
}

/** Rejects with a KafkaFailure. */
export async function saying<T>(act: () => Promise<T>): Promise<T> {
  try {
    return await act();
  } catch (error) {
    throw failure(error);
  }
}
