import type { Summary } from "../wire.js";
import { thousands } from "../../core/thousands.js";

/** What `run -i` says on stderr at its end. */
export function formatSummary(stats: Summary, json: boolean): string {
  if (json) return `${JSON.stringify(stats)}\n`;
  const rows: readonly (readonly [string, string])[] = [
    ["messages", `${thousands(stats.messages)} (${thousands(stats.filtered)} dropped by where, ${thousands(stats.duplicates)} duplicates)`],
    ["runs", `${thousands(stats.runs)} (${thousands(stats.completed)} completed, ${thousands(stats.failed)} failed${stats.parked > 0 ? `, ${thousands(stats.parked)} waiting` : ""}${stats.compensated > 0 ? `, ${thousands(stats.compensated)} compensated` : ""}${stats.cancelled > 0 ? `, ${thousands(stats.cancelled)} cancelled` : ""})`],
    ["dead letters", thousands(stats.dlq)],
    ["emitted", thousands(stats.emitted)],
    ["model calls", `${thousands(stats.modelCalls)} (${thousands(stats.tokensIn)} tokens in, ${thousands(stats.tokensOut)} out, $${stats.usd.toFixed(4)})`],
    ...(stats.completed + stats.failed === 0 ? [] : [["time per run", `p50 ${millis(stats.p50)}, p99 ${millis(stats.p99)}`] as const]),
  ];
  return rows.map(([name, value]) => `${`${name}:`.padEnd(14)}${value}\n`).join("");
}

const millis = (value: number): string => (value >= 100 ? `${Math.round(value)} ms` : value >= 1 ? `${value.toFixed(1)} ms` : `${Math.round(value * 1000)} µs`);
