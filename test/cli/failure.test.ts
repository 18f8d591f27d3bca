import { expect, onTestFinished, test, vi } from "vitest";
import { failureOf } from "../../src/adapters/postgres/failure.js";
import { reportFailure } from "../../src/cli/failure.js";

const PLACE = { host: "db.example", port: 5432, database: "flows" };

function said(thrown: unknown): string {
  let text = "";
  const stderr = vi.spyOn(process.stderr, "write").mockImplementation((more) => ((text += String(more)), true));
  onTestFinished(() => stderr.mockRestore());
  expect(reportFailure(thrown)).toBe(3);
  return text;
}

test("a server that goes in the middle of a command is away, and no fault of flowctl", () => {
  for (const lost of [new Error("Connection terminated unexpectedly"), Object.assign(new Error("terminating connection due to administrator command"), { severity: "FATAL", code: "57P01" })]) {
    const text = said(failureOf(lost, PLACE));
    expect(text).toContain("FC6050: PostgreSQL is not reached for `flows` on db.example:5432");
    expect(text).toContain(lost.message);
  }
});

test("a statement that the server does not take is one", () => {
  expect(said(failureOf(Object.assign(new Error("syntax error"), { severity: "ERROR", code: "42601" }), PLACE))).toContain("FC9000");
});
