/**
 * The header in which newer producers put the id of a message's schema, instead of before the message: a one, the schema's
 * GUID, and which of its messages it is. Bytes: brokers give it in hexadecimal.
 */
export const SCHEMA_ID = "__value_schema_id";
