import type { Diagnostic } from "../../core/diagnostic.js";
import { placesOf, type Sources } from "./place.js";

/** JUnit XML: one test case a file, failed when the file has an error; warnings are its output. */
export function formatJunit(diagnostics: readonly Diagnostic[], sources: Sources): string {
  const places = placesOf(sources);
  const byFile = new Map<string, Diagnostic[]>([...sources.keys()].map((file) => [file, []]));
  for (const diagnostic of diagnostics) {
    const found = byFile.get(diagnostic.span.file);
    if (found === undefined) byFile.set(diagnostic.span.file, [diagnostic]);
    else found.push(diagnostic);
  }
  const line = ({ code, message, span, hint }: Diagnostic): string => {
    const at = places.place(span);
    return escape(`${at.line}:${at.column}: ${code}: ${message}${hint === undefined ? "" : ` (${hint})`}`);
  };
  const cases = [...byFile].map(([file, found]) => {
    const errors = found.filter(({ severity }) => severity === "error");
    const warnings = found.filter(({ severity }) => severity === "warning");
    const first = errors[0];
    const body = [
      ...(first === undefined
        ? []
        : [`      <failure type="${first.code}" message="${escape(first.message)}">${errors.map(line).join("\n")}</failure>\n`]),
      ...(warnings.length === 0 ? [] : [`      <system-out>${warnings.map(line).join("\n")}</system-out>\n`]),
    ].join("");
    const head = `    <testcase classname="flowctl.validate" name="${escape(file)}"`;
    return { failed: first !== undefined, xml: body === "" ? `${head}/>\n` : `${head}>\n${body}    </testcase>\n` };
  });
  const counts = `tests="${cases.length}" failures="${cases.filter(({ failed }) => failed).length}" errors="0"`;
  return [
    `<?xml version="1.0" encoding="UTF-8"?>\n`,
    `<testsuites name="flowctl" ${counts}>\n`,
    `  <testsuite name="flowctl validate" ${counts}>\n`,
    ...cases.map(({ xml }) => xml),
    `  </testsuite>\n</testsuites>\n`,
  ].join("");
}

/** Control characters other than tab and line breaks are not XML, or would act on a terminal that shows it. */
const escape = (text: string): string =>
  text
    .replaceAll(/[^\t\n\r\u0020-\u007e\u00a0-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]/gu, "\ufffd")
    .replaceAll("&", "&amp;")
    .replaceAll("<", "&lt;")
    .replaceAll(">", "&gt;")
    .replaceAll('"', "&quot;")
    .replaceAll("\r", "&#13;")
    .replaceAll("\n", "&#10;");
