import type { DoctorOptions } from "../commands/doctor.js";
import { EXIT, type ExitCode } from "../exit.js";
import { compileFlows } from "../files/compile-flows.js";
import type { Project } from "../files/project.js";
import { isSecretSet } from "../files/secrets.js";
import { typed } from "../operator/typed.js";
import { printable } from "../../core/cells.js";
import { jsonText } from "../format/json-text.js";
import { print } from "../terminal.js";
import { brokerFindings } from "./broker-findings.js";
import { modelFindings } from "./model-findings.js";
import { registryFindings } from "./registry-findings.js";
import { storeFindings } from "./store-findings.js";
import { VERSION } from "../version.js";

export interface Finding {
  readonly what: string;
  readonly ok: boolean;
  /** It works, and is less safe than it could be: an error under `--strict`, but not where it is only that a broker of this machine is alone. */
  readonly weak?: true | "here";
  readonly says: string;
}

/** Exit 3 when something that a flow needs is not there, with `--strict` also when it is weak. */
export async function doctor(paths: readonly string[], options: DoctorOptions): Promise<ExitCode> {
  const { project, flows, diagnostics } = await compileFlows(paths, options);
  const errors = diagnostics.filter(({ severity }) => severity === "error").length;
  const plans = flows.flatMap(({ plan }) => plan ?? []);
  const secrets = new Map(plans.flatMap(({ binding }) => binding.secrets.map((secret) => [`${secret.secret}:${secret.name}`, secret] as const)));
  const validate = typed("validate", paths, options);
  const findings: readonly Finding[] = [
    { what: "flowctl", ok: true, says: `${VERSION}, Node.js ${process.versions.node}` },
    projectFile(project, validate),
    { what: "flows", ok: errors === 0, says: errors === 0 ? `${plans.length} valid` : `${errors} ${errors === 1 ? "error" : "errors"}: run ${validate}` },
    ...(await modelFindings(project, plans)),
    ...[...secrets].map(([name, secret]) => {
      const ok = isSecretSet(secret, project.folder);
      return { what: "secret", ok, says: `${name} ${ok ? "is set" : "is not set"}` };
    }),
    ...(await storeFindings(project, plans)),
    ...(await brokerFindings(project, plans, typed("topics apply", paths, options, "--yes"))),
    ...(await registryFindings(project, plans)),
  ];
  await print(options.output === "json" ? `${jsonText(findings, 2)}\n` : findings.map(({ what, ok, weak, says }) => `${mark({ ok, weak })} ${`${what}:`.padEnd(13)} ${printable(says)}\n`).join(""));
  return findings.every(({ ok, weak }) => ok && (weak !== true || options.strict !== true)) ? EXIT.ok : EXIT.infrastructure;
}

function projectFile({ folder, found, file, diagnostics }: Project, validate: string): Finding {
  const ok = file !== null && diagnostics.every(({ severity }) => severity !== "error");
  return { what: "project file", ok, says: !ok ? `has errors: run ${validate}` : found ? folder : "none: everything is embedded" };
}

const mark = ({ ok, weak }: Pick<Finding, "ok"> & { readonly weak: Finding["weak"] | undefined }): string => (!ok ? "MISS" : weak !== undefined ? "WEAK" : "ok  ");
