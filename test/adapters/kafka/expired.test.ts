import { expect, test } from "vitest";
import { refusalOf } from "../../../src/adapters/kafka/refusal.js";
import { connectionTo } from "./harness.js";

test.each(["certificate has expired", "certificate is not yet valid"])("a server's certificate that is not valid now is not one that nobody vouches for: %s", (message) => {
  expect(refusalOf(connectionTo("127.0.0.1:1"), new Error(`Connection error: ${message}`))).toMatchObject({ says: expect.stringContaining("not valid now"), hint: expect.stringContaining("clock") });
});
