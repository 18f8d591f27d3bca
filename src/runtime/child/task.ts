import type { FlowError } from "../../core/errors.js";
import type { Parent } from "../../core/event.js";
import { isJsonObject, type Json } from "../../core/json.js";
import type { TextMessage } from "../../core/ports/bus.js";
import { taskId } from "../../core/queues.js";
import type { Path, RunId } from "../../core/run-id.js";

/**
 * What a run has to do with another one. It is a row of the outbox, so that it is done after the item that asks for it is
 * durable, and again by the next process where this one ends before it (I2, I25).
 */
export type Task =
  | { readonly do: "admit"; readonly child: RunId; /** Hash of the plan whose `flows` has it, and its key there. */ readonly plan: string; readonly as: string; readonly input: Json; readonly parent: Parent }
  | { readonly do: "cancel"; readonly child: RunId; readonly by: string; readonly reason: string; /** Of a queue: nobody may have begun it. */ readonly unclaimed?: Unclaimed }
  /** No worker has begun it in time. */
  | { readonly do: "give up"; readonly child: RunId; readonly unclaimed: Unclaimed }
  | { readonly do: "finished"; readonly child: RunId; readonly parent: RunId; readonly path: Path; /** As the call that waits for it hears it: its status, and its output or its error. */ readonly end: Json };

/** What is admitted in the place of a task that nobody shall begin. */
export type Unclaimed = Pick<Admit, "plan" | "as" | "parent">;

export type Admit = Task & { readonly do: "admit" };

/** No topic is called so: names hold no space. */
const TOPIC = "flowctl tasks";

export const isTask = ({ topic }: TextMessage): boolean => topic === TOPIC;

/** Of a message to the workers of a queue: the run that it is of. */
export const TASK_HEADER = "flowctl-task";

export const isQueued = ({ headers }: Pick<TextMessage, "headers">): boolean => headers[TASK_HEADER] !== undefined;

/** A run that any worker of a queue admits: a message like others, on the topic of the queue. */
export const queueMessage = (of: RunId, topic: string, task: Admit): TextMessage => {
  const id = taskId(of, task.child);
  return { topic, key: task.child, id, headers: { "flowctl-id": id, "flowctl-run": of, [TASK_HEADER]: task.child }, body: JSON.stringify(task) };
};

/** Those about one child are done in order. The id begins with the run whose row it is. */
export const taskMessage = (of: RunId, task: Task): TextMessage => ({
  topic: TOPIC,
  key: task.child,
  id: `${of}/${task.do === "finished" ? "" : `${task.child}/`}${task.do}`,
  headers: {},
  body: JSON.stringify(task),
});

/** It was made by `taskMessage`, of this version or an older one. */
export const taskOf = ({ body }: TextMessage): Task => JSON.parse(body);

/** Of an end: as `errorJson` made it. */
export function errorOf(error: Json): FlowError {
  const { code, message, cause, data } = isJsonObject(error) ? error : {};
  return {
    code: typeof code === "string" ? code : "unknown",
    message: typeof message === "string" ? message : "it has failed",
    ...(cause === undefined ? {} : { cause: errorOf(cause) }),
    ...(data === undefined ? {} : { data }),
  };
}
