import { KafkaFailure } from "../driver.js";

/** Reasons that are told: of a thousand topics each may have one. */
const TOLD = 5;

/** The library wraps what the broker said in what it did about it. */
export function failure(error: unknown): KafkaFailure {
  if (error instanceof KafkaFailure) return error;
  const message = error instanceof Error ? someOf([...new Set(eachOf(error))]) : String(error);
  return new KafkaFailure(message, typeOf(error), error);
}

/** Of several topics the one that all of them have which are not there. */
function typeOf(error: unknown): string | null {
  const own = fieldOf(error, "type");
  if (own !== null || !(error instanceof Error)) return own;
  const [type = null, ...others] = new Set(errorsIn(error).map((one) => fieldOf(one, "type")).filter((one) => one !== "TOPIC_ALREADY_EXISTS"));
  return others.length === 0 ? type : null;
}

const errorsIn = (error: Error): readonly unknown[] => ("errors" in error && Array.isArray(error.errors) ? error.errors : []);

const someOf = (reasons: readonly string[]): string => [...reasons.slice(0, TOLD), ...(reasons.length > TOLD ? [`${reasons.length - TOLD} more`] : [])].join("; ");

/** Of several topics the library says that there were errors, and beside it which. */
function eachOf(error: Error): readonly string[] {
  const errors = errorsIn(error);
  // Of a name with several addresses it has the code of the failure, and no words.
  if (errors.length === 0) return [`${error.message}${error.message.endsWith(": ") ? (fieldOf(error, "code") ?? "") : ""}`];
  return errors.map((one) => (one instanceof Error ? `${"topic" in one && typeof one.topic === "string" ? `\`${one.topic}\`: ` : ""}${one.message}` : String(one)));
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
