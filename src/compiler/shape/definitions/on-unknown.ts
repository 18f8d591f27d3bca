import { word } from "../forms/scalars.js";

/** What happens to an effect whose outcome is hidden (I20). */
export const ON_UNKNOWN = word("retry", "verify", "fail");
