/** How attributes of a CloudEvent stand in the headers of a message, on every broker: what expressions read. */
const PREFIX = "ce-";

export const headersOfEvent = (event: Readonly<Record<string, string>> = {}): Readonly<Record<string, string>> => Object.fromEntries(Object.entries(event).map(([name, value]) => [PREFIX + name, value]));
