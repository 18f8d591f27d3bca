/** A .proto file as far as its messages go: services, options of one's own and extensions say nothing about them. */
export interface ProtoFile {
  readonly package: string;
  readonly syntax: "proto2" | "proto3";
  readonly imports: readonly string[];
  readonly messages: readonly ProtoMessage[];
  readonly enums: readonly ProtoEnum[];
}

export interface ProtoMessage {
  readonly name: string;
  readonly fields: readonly ProtoField[];
  readonly oneofs: readonly string[];
  readonly messages: readonly ProtoMessage[];
  readonly enums: readonly ProtoEnum[];
}

export interface ProtoField {
  readonly name: string;
  readonly number: number;
  readonly label: "optional" | "required" | "repeated" | "none";
  /** A scalar, or a name: as it was written, and after linking with a dot before the full one. */
  readonly type: string;
  /** Of `map<key, type>`. */
  readonly key?: string;
  /** Index in `oneofs`. */
  readonly oneof?: number;
  readonly jsonName?: string;
  readonly packed?: boolean;
}

export interface ProtoEnum {
  readonly name: string;
  readonly values: readonly { readonly name: string; readonly number: number }[];
  readonly alias: boolean;
}

/** In one clause, for a message. */
export class ProtoProblem extends Error {
  override readonly name = "ProtoProblem";
}

export const SCALARS: ReadonlySet<string> = new Set(["double", "float", "int32", "int64", "uint32", "uint64", "sint32", "sint64", "fixed32", "fixed64", "sfixed32", "sfixed64", "bool", "string", "bytes"]);
