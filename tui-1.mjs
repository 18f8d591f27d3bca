import { start, pause, until } from "./tui-probe.mjs";
const t=start(["trace"],{cwd:"/tmp/w/u2"});
console.log(await until(()=>t.text().includes("inject"))); console.log(t.text());
for (let i=0;i<5;i++){ t.press("\r"); await pause(500); console.log("RUN "+i+"\n"+t.text().split("\n").slice(0,30).join("\n")); t.press("jjj\t"); await pause(400); t.press("q"); await pause(300); t.press("j"); await pause(200);} 
const bad=[...t.written().matchAll(/\u001b\]0;PWNED|[\u0080-\u009f]|\u202e|\u0090/g)].map(x=>JSON.stringify(x[0]));
console.log("bad", bad.slice(0,5), "title", t.title());
for (const [c,r] of [[1,1],[2,2],[5,3],[10,5],[20,1],[400,120],[1000,300],[3,80],[80,24]]) { t.resize(c,r); await pause(400); if(t.exited()) {console.log("DIED",c,r,t.exited()); break;} if (c*r<=400) console.log(c,r,JSON.stringify(t.text())); }
t.press("\r"); await pause(300);
for (const [c,r] of [[1,1],[2,2],[5,3],[10,5],[20,1],[400,120],[3,80],[80,24]]) { t.resize(c,r); await pause(400); if(t.exited()) {console.log("DIED",c,r,t.exited()); break;} }
console.log(t.text()); t.press("qq"); await until(()=>t.exited()); console.log(t.exited(), t.taken());
process.exit(0);
