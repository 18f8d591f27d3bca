import type { ScalarNode } from "../../parse/tree.js";
import { built, type Form } from "../forms/form.js";
import { CONNECTION } from "../forms/scalars.js";

/** An address, or a variable that holds its beginning. */
const PATTERN = "^([Hh][Tt][Tt][Pp][Ss]?://.|([Hh][Tt][Tt][Pp][Ss]?)?\\$\\{)";

/** The http or https address of a server, as far as it is written out: what a hole in it holds is known when it is called. */
export const ADDRESS: Form<ScalarNode> = {
  ...built(CONNECTION, (text, _node, at) => {
    const isAddress = new RegExp(PATTERN).test(text.text) && (text.text.includes("${") || URL.canParse(text.text));
    // The text is not quoted: it may hold secrets.
    if (!isAddress) at.report("FC2021", text.span, `${at.what} is no http or https address`, { hint: 'write it whole, `https://host/path`, or with a variable in front: `"${env:HOST_URL}/path"`' });
    return text;
  }),
  outline: { is: "text", called: "a text", pattern: PATTERN },
};
