import { start, pause, until } from "./tui-probe.mjs";
import { execSync } from "node:child_process";
let t=start(["trace"],{cwd:"/tmp/w/u2"});
await until(()=>t.text().includes("inject")); t.resize(1000,300); await pause(1500); t.resize(3,80); await pause(2500); console.log("3x80", JSON.stringify(t.text()).slice(0,120)); t.resize(100,30); await pause(800); console.log(t.text().slice(0,120));
t.press("\u0003"); await until(()=>t.exited()); console.log("ctrl-c", t.exited(), t.taken());
for (const env of [{NO_COLOR:"1"},{TERM:"dumb"},{TERM:"vt100"},{TERM:"dumb",NO_COLOR:"1"},{LANG:"C",LC_ALL:"C"},{TERM:""}]) {
 t=start(["trace"],{cwd:"/tmp/w/u2",env}); await until(()=>t.text().includes("inject"),5000); t.press("\r"); await pause(700);
 const w=t.written(); console.log(JSON.stringify(env), "sgr colors:", (w.match(/\u001b\[(3|4|9|10)\d(;\d+)*m/g)??[]).length, "esc:", (w.match(/\u001b/g)??[]).length, "exited", JSON.stringify(t.exited()), t.text().slice(0,150)); t.press("qq"); await until(()=>t.exited(),3000); console.log(t.exited(), t.taken());
}
for (const args of [["run","flow.yaml","--profile","offline"],["trace"]]) for (const sig of ["SIGHUP","SIGTERM","SIGINT","SIGQUIT"]) {
 t=start(args,{cwd:"/tmp/w/u2"}); await until(()=>t.text().includes("inject")); await pause(500); process.kill(t.pty.pid,sig); const s=Date.now(); await until(()=>t.exited(),20000); console.log(args[0],sig,t.exited(), "taken",t.taken(), Date.now()-s,"ms"); }
// close the pty (SIGHUP by master close)
for (const args of [["run","flow.yaml","--profile","offline"],["trace"],["run","flow.yaml","--profile","offline","--no-tui"]]) {
t=start(args,{cwd:"/tmp/w/u2"}); await until(()=>/inject/.test(t.text())); const pid=t.pty.pid; t.pty.destroy?.(); t.pty.kill?.("SIGHUP"); await pause(3000); let alive=true; try{process.kill(pid,0);}catch{alive=false;} console.log(args.join(" "),"after master close alive:",alive, t.exited()); if(alive) { console.log(execSync("ps -o pid,stat,pcpu,cmd -p "+pid).toString()); await pause(14000); try{process.kill(pid,0);console.log("STILL");process.kill(pid,9);}catch{console.log("gone later");} } }
process.exit(0);
