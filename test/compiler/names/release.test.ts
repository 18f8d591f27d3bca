import { expect, it } from "vitest";
import { isNewer, majorOf } from "../../../src/compiler/names/release.js";

it("versions are in the order of semantic versions", () => {
  const order = ["0.9.9", "1.0.0-alpha", "1.0.0-alpha.2", "1.0.0-alpha.10", "1.0.0-beta", "1.0.0", "1.0.1", "1.2.0", "1.10.0", "2.0.0-rc.1", "2.0.0"];
  for (const [at, one] of order.entries()) for (const [before, other] of order.entries()) expect([one, other, isNewer(one, other)]).toEqual([one, other, at > before]);
  expect(isNewer("1.0.0+build.2", "1.0.0+build.1")).toBe(false);
  expect(majorOf("12.1.0-rc.1")).toBe("12");
});
