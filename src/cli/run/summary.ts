import type { Summary } from "../wire.js";

/** What `run -i` says on stderr at its end. */
export function formatSummary(stats: Summary, json: boolean): string {
  if (json) return `${JSON.stringify(stats)}\n`;
  const rows: readonly (readonly [string, string])[] = [
    ["messages", `${count(stats.messages)} (${count(stats.filtered)} dropped by where, ${count(stats.duplicates)} duplicates)`],
    ["runs", `${count(stats.runs)} (${count(stats.completed)} completed, ${count(stats.failed)} failed${stats.parked > 0 ? `, ${count(stats.parked)} waiting` : ""}${stats.compensated > 0 ? `, ${count(stats.compensated)} compensated` : ""}${stats.cancelled > 0 ? `, ${count(stats.cancelled)} cancelled` : ""})`],
    ["dead letters", count(stats.dlq)],
    ["emitted", count(stats.emitted)],
    ["model calls", `${count(stats.modelCalls)} (${count(stats.tokensIn)} tokens in, ${count(stats.tokensOut)} out, $${stats.usd.toFixed(4)})`],
    ...(stats.completed + stats.failed === 0 ? [] : [["time per run", `p50 ${millis(stats.p50)}, p99 ${millis(stats.p99)}`] as const]),
  ];
  return rows.map(([name, value]) => `${`${name}:`.padEnd(14)}${value}\n`).join("");
}

const count = (value: number): string => value.toLocaleString("en-US");
const millis = (value: number): string => (value >= 100 ? `${Math.round(value)} ms` : value >= 1 ? `${value.toFixed(1)} ms` : `${Math.round(value * 1000)} µs`);
