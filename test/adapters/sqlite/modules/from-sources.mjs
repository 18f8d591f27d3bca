// Node strips the types of a source file, but its imports say `.js`.
import { registerHooks } from "node:module";

registerHooks({ resolve: (name, from, next) => next(name.startsWith(".") && from.parentURL?.endsWith(".ts") ? name.replace(/\.js$/, ".ts") : name, from) });
