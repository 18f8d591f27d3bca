/** How attributes of a CloudEvent stand in the headers of a message, on every broker: what expressions read. */
const PREFIX = "ce-";

export const headersOfEvent = (event: Readonly<Record<string, string>> = {}): Readonly<Record<string, string>> => Object.fromEntries(Object.entries(event).map(([name, value]) => [PREFIX + name, value]));

/** Headers that are none of these. */
export const withoutEvent = (headers: Readonly<Record<string, string>>): Readonly<Record<string, string>> => Object.fromEntries(Object.entries(headers).filter(([name]) => !name.startsWith(PREFIX)));

/** The event whose attributes stand in headers as `headersOfEvent` writes them. */
export const eventOf = (headers: Readonly<Record<string, string>>): Readonly<Record<string, string>> => Object.fromEntries(Object.entries(headers).flatMap(([name, value]) => (name.startsWith(PREFIX) ? [[name.slice(PREFIX.length), value]] : [])));

/** Attributes in headers as others write them: `ce_` is Kafka's spelling, and some bindings write `%C3%BC` for what is no ASCII. */
export const eventHeaders = (headers: Readonly<Record<string, string>>, percent: boolean): Readonly<Record<string, string>> =>
  Object.fromEntries(Object.entries(headers).flatMap(([name, value]) => (/^ce[-_]/i.test(name) ? [[name.slice(PREFIX.length).toLowerCase(), percent ? percentDecoded(value) : value]] : [])));

function percentDecoded(value: string): string {
  try {
    return decodeURIComponent(value);
  } catch {
    return value;
  }
}
