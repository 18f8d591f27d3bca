import { cases, close } from "./cases/broker-journaled.mjs";
const which = Number(process.argv[2] ?? 0);
const side = process.argv[3] ?? "ours";
for (let i = 0; i < Number(process.argv[4] ?? 2); i += 1) {
  const c0 = process.cpuUsage(); const t=process.threadCpuUsage?.();
  const rate = await cases[which][side]();
  const c = process.cpuUsage(c0); const u=process.threadCpuUsage?.(t);
  console.log(cases[which].name.slice(0,60), side, Math.round(rate), "cpu ms", Math.round((c.user + c.system) / 1000), "main", u && Math.round((u.user+u.system)/1000));
}
await close();
process.exit(0);
