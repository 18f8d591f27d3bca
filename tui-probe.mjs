import { spawn } from "@lydell/node-pty";
import xterm from "@xterm/headless";
const F="/tmp/w/user/bin/flowctl.js";
export function start(args,{cwd,cols=100,rows=30,env={}}={}) {
  const term=new xterm.Terminal({cols,rows,allowProposedApi:true,scrollback:0});
  let title=null; term.onTitleChange((t)=>{title=t;});
  const {NO_COLOR:_,...e}=process.env;
  const pty=spawn(process.execPath,[F,...args],{name:env.TERM??"xterm-256color",cols,rows,cwd,env:{...e,...env}});
  let written=""; pty.onData((c)=>{written+=c;term.write(c);});
  let exited=null; pty.onExit((x)=>{exited=x;});
  const text=()=>{const o=[];for(let i=0;i<term.rows;i++)o.push(term.buffer.active.getLine(i)?.translateToString(true)??"");return o.join("\n");};
  return {pty,term,text,written:()=>written,exited:()=>exited,title:()=>title,press:(k)=>pty.write(k),resize(c,r){term.resize(c,r);pty.resize(c,r);},
    taken:()=>term.buffer.active.type!=="normal"||written.lastIndexOf("\u001b[?25l")>written.lastIndexOf("\u001b[?25h")};
}
export const pause=(ms)=>new Promise((r)=>setTimeout(r,ms));
export async function until(f,ms=15000){const t=Date.now();while(!f()){if(Date.now()-t>ms)return false;await pause(50);}return true;}
