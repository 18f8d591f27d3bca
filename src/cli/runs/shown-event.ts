import type { RunEvent } from "../../core/event.js";
import type { Json } from "../../core/json.js";

/** Characters of a value that are looked at to print one line of it. */
const MOST = 500;

/** The event with its values cut to what a line can show: a run may hold more of them than there is memory. */
export function shownEvent(event: RunEvent): RunEvent {
  switch (event.type) {
    case "step.started":
      return { ...event, data: { ...event.data, ...(event.data.input === undefined ? {} : { input: cut(event.data.input) }) } };
    case "step.completed":
      return { ...event, data: { ...event.data, ...(event.data.output === undefined ? {} : { output: cut(event.data.output) }) } };
    case "steps.computed":
      return { ...event, data: { items: event.data.items.map((item) => ({ ...item, ...(item.output === undefined ? {} : { output: cut(item.output) }) })) } };
    case "message.emitted":
      return { ...event, data: { ...event.data, payload: cut(event.data.payload) } };
    case "loop.advanced":
      return { ...event, data: { ...event.data, carried: { ...event.data.carried, state: cut(event.data.carried.state) } } };
    default:
      return event;
  }
}

/** As `shownJson` prints it. A part of a text would keep the whole one. */
function cut(value: Json): Json {
  if (typeof value !== "object" && typeof value !== "string") return value;
  const text = typeof value === "string" ? value : JSON.stringify(value);
  return text.length <= MOST ? text : Buffer.from(text.slice(0, MOST)).toString();
}
