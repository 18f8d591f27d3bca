import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { realClock } from "../src/tui/clock.js";
import { isJsonObject } from "../src/core/json.js";
import { startTui } from "../src/tui/start.js";
import { arraySource } from "../test/support/array-source.js";
import { recordedRuns } from "../test/support/recorded-runs.js";
import { createScreen } from "../test/support/screen.js";
import { screenSvg } from "./screen-svg.js";

const PICTURE = "docs/images/tui.svg";
/** The event of the run in the picture that has just happened: a model has begun to answer. */
const LAST_SEQ = 36;

/** Draws the UI in the middle of a run. True when the picture is current. */
export async function screenshot(check: boolean): Promise<boolean> {
  const picture = await draw();
  const current = readPicture();
  if (picture === current) return true;
  console.log(`${check ? "not current" : "wrote"} ${PICTURE}`);
  if (check) return false;
  mkdirSync(dirname(PICTURE), { recursive: true });
  writeFileSync(PICTURE, picture);
  return true;
}

async function draw(): Promise<string> {
  const all = recordedRuns();
  const run = all.findLast(({ type }) => type === "run.finished")?.run ?? "";
  const events = all.filter((event) => event.run !== run || event.seq <= LAST_SEQ);
  const last = events.findLast((event) => event.run === run);
  const answer = all.find((event) => event.run === run && event.seq > LAST_SEQ && event.type === "model.completed");
  if (last?.path === undefined || answer?.type !== "model.completed") throw new Error(`the fixture does not hold the run of the picture`);

  const screen = createScreen(112, 30);
  const source = { ...arraySource(events), title: () => "serving research-loop (pid 4711)" };
  const clock = { now: () => last.at + 900, after: realClock.after };
  const ui = startTui(source, { run, color: true, clock, stdin: screen.stdin, stdout: screen.stdout });
  await screen.shows("did~1");
  const said = isJsonObject(answer.data.answer) ? String(answer.data.answer["text"]) : "";
  for (const text of said.slice(0, 28).match(/.{1,7}/g) ?? []) source.send({ token: { run, path: last.path, attempt: 1, text } });
  await screen.shows("STREAMING");
  const picture = screenSvg(screen.terminal, "flowctl trace");
  ui.close();
  await ui.done;
  return picture;
}

function readPicture(): string | null {
  try {
    return readFileSync(PICTURE, "utf8");
  } catch {
    return null;
  }
}
