import { expect, test } from "vitest";
import { hasUndone } from "../../scripts/crash/saga/balance.js";

/** What `npm run crash -- --flow saga` holds the ledger's order of undos against (I29). */
const log = ["do reserved", "do charged", "do labelled", "undo labelled", "do carrier/north", "undo carrier/north", "undo charged", "undo reserved"];
const undone = ["labelled", "carrier/north", "charged", "reserved"];

test("the ledger has seen the undos of a run in the order of its journal, and no other", () => {
  expect(hasUndone({ ending: "compensated", undone, undoing: null }, log)).toBe(true);
  expect(hasUndone({ ending: "compensated", undone: ["labelled", "carrier/north", "reserved", "charged"], undoing: null }, log)).toBe(false);
  expect(hasUndone({ ending: "compensated", undone: [...undone, "picked/0"], undoing: null }, log)).toBe(false);
});

test("what is applied and not recorded is the undo that an open run had begun last", () => {
  expect(hasUndone({ ending: "open", undone: undone.slice(0, 3), undoing: "reserved" }, log)).toBe(true);
  expect(hasUndone({ ending: "open", undone: undone.slice(0, 3), undoing: null }, log)).toBe(false);
  expect(hasUndone({ ending: "open", undone: undone.slice(0, 3), undoing: "picked/0" }, log)).toBe(false);
  expect(hasUndone({ ending: "open", undone: undone.slice(0, 2), undoing: "reserved" }, log)).toBe(false);
  expect(hasUndone({ ending: "incident", undone: undone.slice(0, 3), undoing: "reserved" }, log)).toBe(false);
});
