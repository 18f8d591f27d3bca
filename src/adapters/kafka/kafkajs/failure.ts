import { KafkaFailure } from "../driver.js";

/** Reasons that are told: of a thousand topics each may have one. */
const TOLD = 5;

/** The library wraps what the broker said in what it did about it. */
export function failure(error: unknown): KafkaFailure {
  if (error instanceof KafkaFailure) return error;
  const message = error instanceof Error ? someOf([...new Set(eachOf(error))]) : String(error);
  return new KafkaFailure(message, fieldOf(error, "type"), error);
}

const someOf = (reasons: readonly string[]): string => [...reasons.slice(0, TOLD), ...(reasons.length > TOLD ? [`${reasons.length - TOLD} more`] : [])].join("; ");

/** Of several topics the library says that there were errors, and beside it which. */
function eachOf(error: Error): readonly string[] {
  // Of a name with several addresses it has the code of the failure, and no words.
  if (!("errors" in error && Array.isArray(error.errors))) return [`${error.message}${error.message.endsWith(": ") ? (fieldOf(error, "code") ?? "") : ""}`];
  return error.errors.map((one: unknown) => (one instanceof Error ? `${"topic" in one && typeof one.topic === "string" ? `\`${one.topic}\`: ` : ""}${one.message}` : String(one)));
}

/** The first text of this name in the error or in what it comes from. */
function fieldOf(error: unknown, name: "type" | "code"): string | null {
  for (let at = error, depth = 0; at instanceof Error && depth < 8; at = at.cause, depth += 1) {
    const value: unknown = Reflect.get(at, name);
    if (typeof value === "string" && value !== "") return value;
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
