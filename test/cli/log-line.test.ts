import { expect, test } from "vitest";
import { logLine } from "../../src/cli/run/log-line.js";
import { endName } from "../../src/core/signal-name.js";

const said = (name: string, from: string, path?: string): string | null =>
  logLine({ run: "r1", seq: 3, at: 0, type: "signal.received", ...(path === undefined ? {} : { path }), data: { id: "i", name, from, payload: null } });

test("an answer names its step, also one that a run gives", () => {
  expect(said("answer", "ann", "decision")).toMatch(/ {2}r1 {2}decision is answered by ann\n$/);
  expect(said(endName("plan/book"), "run r2")).toMatch(/ {2}r1 {2}plan\/book is answered by run r2\n$/);
});

test("what comes for no step that is known by then is called what it is", () => {
  expect(said("go", "ann")).toMatch(/ {2}r1 {2}gets the signal `go` from ann\n$/);
  expect(said("message wait=k", "topic t")).toMatch(/ {2}gets a message from topic t\n$/);
  expect(said("reply to k", "topic t")).toMatch(/ {2}gets a reply from topic t\n$/);
  expect(said("late answer", "ann")).toMatch(/ {2}gets a late answer from ann\n$/);
});
