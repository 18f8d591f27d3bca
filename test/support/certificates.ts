import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";

/** PEM texts. */
export interface Certificate {
  readonly cert: string;
  readonly key: string;
}
export interface Authority {
  /** Its own certificate. */
  readonly ca: string;
  /** For what stands under `subjectAltName`: `DNS:kafka.test`. */
  sign(name: string): Certificate;
}

/** A certificate authority of a test's own; its files are in `folder`. */
export function authority(folder: string, called: string): Authority {
  const at = (file: string): string => readFileSync(join(folder, file), "utf8");
  const make = (file: string, ...more: readonly string[]): void => {
    const { status, stderr } = spawnSync("openssl", ["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2", "-keyout", `${file}.key`, "-out", `${file}.pem`, ...more], { cwd: folder, encoding: "utf8" });
    if (status !== 0) throw new Error(`openssl: ${stderr}`);
  };
  make(called, "-subj", `/CN=${called}`);
  let signed = 0;
  return {
    ca: at(`${called}.pem`),
    sign(name) {
      signed += 1;
      const file = `${called}-${signed}`;
      make(file, "-subj", "/CN=flowctl", "-CA", `${called}.pem`, "-CAkey", `${called}.key`, "-addext", `subjectAltName=${name}`, "-addext", "basicConstraints=critical,CA:FALSE");
      return { cert: at(`${file}.pem`), key: at(`${file}.key`) };
    },
  };
}
