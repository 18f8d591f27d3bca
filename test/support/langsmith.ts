import { createServer } from "node:http";
import { onTestFinished } from "vitest";

/** A server in the place of LangSmith's. It ends with the test, and so does what `ask` has set. */
export async function langsmith(): Promise<{ /** What it was sent, by path. */ readonly posted: readonly string[]; /** As a shell that asks for tracing: who traces reads it, and who does not clears it. */ ask(): void }> {
  const posted: string[] = [];
  const server = createServer((request, response) => {
    posted.push(request.url ?? "");
    request.resume().on("end", () => response.end("{}"));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("no port");
  const asked = { LANGSMITH_TRACING: "true", LANGSMITH_ENDPOINT: `http://127.0.0.1:${address.port}`, LANGSMITH_API_KEY: "none" };
  onTestFinished(async () => {
    for (const name of Object.keys(asked)) delete process.env[name];
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });
  return { posted, ask: () => void Object.assign(process.env, asked) };
}
