import { InfraError } from "../../core/errors.js";
import { clauseOf } from "../../core/message-of.js";
import type { Broker } from "../../core/ports/broker.js";
import { isBug } from "../../runtime/is-bug.js";

/** What a command asks of a broker and does not get, for the user may not or the server cannot, is its words and no bug of ours. */
export function answering(broker: Broker, redact: (text: string) => string): Broker {
  const asked = <A extends readonly unknown[], T>(act: (...of: A) => Promise<T>): ((...of: A) => Promise<T>) => async (...of) => {
    try {
      return await act(...of);
    } catch (thrown) {
      if (thrown instanceof InfraError || isBug(thrown) || !(thrown instanceof Error)) throw thrown;
      throw new InfraError("FC6043", `The broker does not do what is asked of it: ${redact(clauseOf(thrown))}.`, { hint: "may the user of `broker` do that there, and is the server well?", cause: thrown });
    }
  };
  const { provisioner, topics, promises } = broker;
  return { ...broker, provisioner: { plan: asked(provisioner.plan), apply: asked(provisioner.apply) }, topics: { topics: asked(topics.topics), messages: asked(topics.messages) }, promises: asked(promises) };
}
