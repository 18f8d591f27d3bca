import type { CodeTable } from "./entry.js";

const flow = (input: string): string => `flowctl: v1\nflow: hello\n${input}steps: [ { set: 1 } ]\n`;

/** Types as they are written: names, shorthand and JSON Schema. */
export const FC4_SCHEMA: CodeTable = {
  FC3040: {
    severity: "error",
    title: "Unknown type",
    explain:
      "A type is a name declared under `types` (here or in an imported library), one of `string`, `number`, `integer` and `boolean`, or a list of those: `T[]`. Any JSON is `{}`, a map is `{ type: object, additionalProperties: { type: number } }`, a time is `{ type: string, format: date-time }`.",
    bad: flow("types: { Order: { fields: { id: string } } }\ninput: Ordre\n"),
    good: flow("types: { Order: { fields: { id: string } } }\ninput: Order\n"),
  },
  FC3041: {
    severity: "error",
    title: "A schema file cannot be read",
    explain: "`$ref` with a path reads a JSON or YAML file, relative to the file that it stands in. Schemas are not read from the network: keep a copy beside the flow.",
    bad: flow("input: { $ref: \"./missing.schema.json\" }\n"),
    good: flow("input: { $ref: \"./order.schema.json\" }\n"),
    files: { "order.schema.json": '{ "type": "object", "properties": { "id": { "type": "string" } }, "required": ["id"] }\n' },
  },
  FC3042: {
    severity: "error",
    title: "A reference leads nowhere",
    explain: "`$ref: \"#/types/Name\"` refers to a declared type, `$ref: \"#/$defs/Name\"` to a part of the same schema, `$ref: \"file.json#/$defs/Name\"` to a part of a file. Anchors are not supported.",
    bad: flow("input: { $ref: \"#/$defs/Itme\", $defs: { Item: { type: string } } }\n"),
    good: flow("input: { $ref: \"#/$defs/Item\", $defs: { Item: { type: string } } }\n"),
  },
  FC4150: {
    severity: "error",
    title: "An optional mark where it cannot stand",
    explain: "`T?` says that a field may be absent, so it stands only behind a field's type inside `fields`. A value that may be null is `{ type: [string, \"null\"] }`.",
    bad: flow("input: string?\n"),
    good: flow("input: { fields: { note: string? } }\n"),
  },
  FC4151: {
    severity: "error",
    title: "This is no type",
    explain:
      "Where a type stands, write a name, `T[]`, a built-in (`string`, `number`, `integer`, `boolean`), `{ fields: { … } }`, or a JSON Schema. Inside a JSON Schema every part is a JSON Schema again: `{ type: string }`, not `string`. `a | b` is an enum of strings, in `fields` only.",
    bad: flow("input: list<string>\n"),
    good: flow("input: \"string[]\"\n"),
  },
  FC4152: {
    severity: "error",
    title: "Unknown JSON Schema keyword",
    explain: "JSON Schema itself ignores words that it does not know, so a typo would check nothing. Here they are errors. Keys that begin with `x-` are left alone.",
    bad: flow("input: { type: object, propertys: { id: { type: string } } }\n"),
    good: flow("input: { type: object, properties: { id: { type: string } } }\n"),
  },
  FC4153: {
    severity: "error",
    title: "A JSON Schema keyword is used wrongly",
    explain: "The keyword's value has the wrong form, says nothing about the declared type, or contradicts another keyword so that no value could fit.",
    bad: flow("input: { type: strng }\n"),
    good: flow("input: { type: string }\n"),
  },
  FC4154: {
    severity: "error",
    title: "The pattern cannot be used",
    explain:
      "Patterns run on RE2, which takes linear time whatever the text is, so that no message can stall a worker. It has no look-ahead, look-behind or backreferences. Often two patterns under `allOf`, or `not`, say the same.",
    bad: flow("input: { type: string, pattern: '^(?=.*a)' }\n"),
    good: flow("input: { type: string, pattern: 'a' }\n"),
  },
  FC4156: {
    severity: "error",
    title: "The type contains itself without end",
    explain: "A type may refer to itself, as a tree does, but only where the inner one may be left out: an optional field, a list, one of several forms. Otherwise no value could ever be finished.",
    bad: flow("types: { Node: { fields: { next: Node } } }\ninput: Node\n"),
    good: flow("types: { Node: { fields: { next: Node? } } }\ninput: Node\n"),
  },
  FC4157: {
    severity: "error",
    title: "A required field is not declared",
    explain: "The object is closed (`additionalProperties: false`), so the required field could never be there. Declare it under `properties`, or correct the name.",
    bad: flow("input: { type: object, properties: { id: { type: string } }, required: [idd], additionalProperties: false }\n"),
    good: flow("input: { type: object, properties: { id: { type: string } }, required: [id], additionalProperties: false }\n"),
  },
  FC4160: {
    severity: "error",
    title: "A format without a schema of its kind",
    explain:
      "Messages in Avro or Protobuf are written by a schema file, and their type in the flow is what that file says: `message: { $ref: order.avsc }`, or the name of a type that is such a reference. For Protobuf the message's name stands behind the path: `{ $ref: shop.proto#Order }`. A type of JSON Schema says nothing of how bytes are made. With `registry` messages carry the id of their schema, so that there has to be one.",
    bad: "flowctl: v1\nflow: hello\ntypes: { Order: { fields: { id: string } } }\ntopics: { orders: { message: Order, format: avro } }\non: orders\nsteps: [ { set: 1 } ]\n",
    good: "flowctl: v1\nflow: hello\ntypes: { Order: { $ref: order.avsc } }\ntopics: { orders: { message: Order, format: avro } }\non: orders\nsteps: [ { set: 1 } ]\n",
    files: { "order.avsc": '{ "type": "record", "name": "Order", "fields": [ { "name": "id", "type": "string" } ] }\n' },
  },
};
