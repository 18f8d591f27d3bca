import { messageOf } from "../../core/message-of.js";
import { watchFiles } from "../files/watch-files.js";

/** Runs `check`, then again whenever a file that matters is saved, until interrupted. `check` gives the files that matter. */
export async function checkOnSave(check: () => Promise<Iterable<string>>): Promise<void> {
  let running = Promise.resolve();
  const round = async (): Promise<void> => {
    const folders = files.follow(await check());
    process.stderr.write(`flowctl: watching ${folders} ${folders === 1 ? "folder" : "folders"}, Ctrl-C ends\n`);
  };
  const files = watchFiles(() => {
    running = running.then(round).catch((error: unknown) => {
      process.stderr.write(`flowctl: ${messageOf(error)}\n`);
    });
  });
  await round();
  await new Promise<void>((done) => {
    process.once("SIGINT", done);
    process.once("SIGTERM", done);
  });
  files.close();
  await running;
}
