// The sources name each other as the package does: `.js` is the `.ts` that stands there.
import { registerHooks } from "node:module";

registerHooks({ resolve: (name, from, next) => next(name.startsWith(".") && from.parentURL?.endsWith(".ts") ? name.replace(/\.js$/, ".ts") : name, from) });
