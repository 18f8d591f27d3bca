import { spawn } from "node:child_process";
import { once } from "node:events";

/** One `sh` for many commands, as in a terminal: `&`, `$!` and `wait` go over from one to the next. */
export interface Shell extends AsyncDisposable {
  /** What it prints, both streams in the order in which a terminal shows them. Each command starts in the shell's folder. */
  run(command: string): Promise<readonly string[]>;
}

const MARK = "--- the command has ended ---";

export function openShell(cwd: string, env: NodeJS.ProcessEnv): Shell {
  // A group of its own: what a command left in the background ends with it.
  const sh = spawn("sh", [], { cwd, env, detached: true, stdio: ["pipe", "pipe", "inherit"] });
  const ended = once(sh, "close");
  let output = "";
  let heard = (): void => undefined;
  let cut = (): void => undefined;
  sh.stdout.setEncoding("utf8").on("data", (text: string) => {
    output += text;
    heard();
  });
  sh.once("close", () => cut());
  sh.stdin.write("exec 2>&1\nfolder=$PWD\n");
  return {
    run(command) {
      output = "";
      sh.stdin.write(`cd "$folder"\n{ ${command}\n} </dev/null\nprintf '\\n%s\\n' '${MARK}'\n`);
      return new Promise((done, fail) => {
        cut = () => fail(new Error(`the shell ended: ${output}`));
        heard = () => {
          const end = output.indexOf(`\n${MARK}\n`);
          if (end >= 0) done(end === 0 ? [] : output.slice(0, end).trimEnd().split("\n"));
        };
      });
    },
    async [Symbol.asyncDispose]() {
      if (sh.pid !== undefined && sh.exitCode === null) process.kill(-sh.pid, "SIGKILL");
      await ended;
    },
  };
}
