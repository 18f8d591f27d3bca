import type { Diagnostic } from "../../core/diagnostic.js";
import { report } from "../../core/codes/report.js";
import type { MapNode } from "../parse/tree.js";
import { similar } from "../../core/typing/similar.js";
import { firstKey } from "./forms/combine.js";

const VERSION = "v1";
/** Keys by which a file without `flowctl` is known as a flow file. */
const TELLING = new Set(["flow", "steps", "agents", "topics", "tools"]);

/** The version stands first, because it says how to read the rest. `stop`: nothing else can be said about the file. */
export function versionProblem(document: MapNode): { readonly diagnostic: Diagnostic; readonly stop: boolean } | null {
  const version = document.entries.find(({ key }) => key.text === "flowctl");
  if (version === undefined) {
    const anchor = firstKey(document);
    const misspelt = document.entries.find(({ key }) => similar(key.text, ["flowctl"]) !== null);
    if (misspelt !== undefined) return null; // said with the other keys
    const other = !document.entries.some(({ key }) => TELLING.has(key.text));
    return {
      diagnostic: report("FC2001", anchor, "A flow file needs the key `flowctl`, the version of its language", {
        hint: "add `flowctl: v1` as the first line",
        fix: other || document.flow ? undefined : { span: { ...anchor, end: anchor.start }, text: "flowctl: v1\n" },
      }),
      stop: other,
    };
  }
  const { value } = version;
  if (value.kind === "scalar" && value.text === VERSION) return null;
  const written = value.kind === "scalar" ? value.text : "";
  const other = /^v\d+/.test(written);
  return {
    diagnostic: report("FC2001", value.span, other ? `This flowctl reads version \`${VERSION}\` of the language, and the file says \`${written}\`` : `\`flowctl\` is the version of the language: \`${VERSION}\``, {
      hint: other ? `use a newer flowctl, or write the file for \`${VERSION}\`` : `write \`flowctl: ${VERSION}\``,
      fix: other ? undefined : { span: value.span, text: value.span.start === value.span.end ? ` ${VERSION}` : VERSION },
    }),
    stop: other,
  };
}
