import { relative } from "node:path";
import type { Operator } from "../../core/ports/operator.js";
import type { FlowPlan } from "../../core/plan/flow-plan.js";
import { byteSize } from "../operator/byte-size.js";
import { databasePath } from "../files/database-path.js";
import type { Project } from "../files/project.js";
import { holderOf, isThere, needWritable } from "../wire/database-place.js";
import { fileSizes } from "../wire/file-sizes.js";
import { fileTopics } from "../wire/file-topics.js";
import { leftInFile } from "../wire/left-in-file.js";
import { openOperator } from "../wire/open-operator.js";
import { failing } from "./failing.js";
import { held } from "./held.js";
import { postgresFindings } from "./postgres-findings.js";
import type { Finding } from "./doctor.js";

/** Where runs and messages are, how many, who serves them, and what is promised. */
export async function storeFindings(project: Project, plans: readonly FlowPlan[]): Promise<readonly Finding[]> {
  if (project.file === null) return [];
  const { store } = project.file;
  if (store?.kind === "postgres") return postgresFindings(store, project.folder);
  const database = databasePath(project);
  const bus = (embedded: Finding): readonly Finding[] => (project.file?.broker === undefined ? [embedded] : []);
  if (database === null) {
    return [
      { what: "store", ok: true, says: "memory: what runs have done is lost when the process ends" },
      ...bus({ what: "bus", ok: true, says: "memory: messages are lost when the process ends" }),
    ];
  }
  const path = relative(process.cwd(), database);
  try {
    const isMade = isThere(database);
    needWritable(database);
    if (!isMade) return [{ what: "store", ok: true, says: `${path}, made by the first \`flowctl run\`` }, ...bus(BUS), PROMISE];
    await using operator = await openOperator(database);
    const sizes = await fileSizes(database);
    const parts = sizes === null ? "" : `: runs ${byteSize(sizes.runs)}, topics ${byteSize(sizes.topics)}, free ${byteSize(sizes.free)}`;
    const counts = await operator.store.counts();
    return [{ what: "store", ok: true, says: `${path}${counts.bytes === null ? "" : `, ${byteSize(counts.bytes)}${parts}`}` }, ...(await held(operator.store, counts)), ...bus(BUS), ...(await leftBehind(project, database, plans)), PROMISE, { what: "serving", ok: true, says: serving(operator, database) }];
  } catch (error) {
    return [failing("store", error)];
  }
}

const BUS: Finding = { what: "bus", ok: true, says: "embedded: topics lie in the same file, messages stay 7 days and until every group has read them" };

/** What `synchronous=FULL` gives, and what it cannot. */
const PROMISE: Finding = { what: "durability", ok: true, says: "what was acknowledged survives a crash of the process, and a loss of power as far as the disk keeps what it says it has written; losing the file loses it" };

/** What its topics hold that nobody reads since they are on a broker. */
async function leftBehind({ file }: Project, database: string, plans: readonly FlowPlan[]): Promise<readonly Finding[]> {
  if (file?.broker === undefined) return [];
  return leftInFile(await fileTopics(database), plans, file.queues).map((says) => ({ what: "topics", ok: true, weak: true, says }));
}

function serving({ server }: Operator, database: string): string {
  if (server !== null) return `process ${server.pid}: ${server.flows.length > 5 ? `${server.flows.length} flows` : server.flows.join(", ")}`;
  const holder = holderOf(database);
  if (holder !== null) return `process ${holder} has the file and cannot be asked: it is a program with the library, or its TMPDIR is not there for others (\`PrivateTmp=\` of systemd)`;
  return "nobody: `flowctl run` goes on where runs stopped";
}
