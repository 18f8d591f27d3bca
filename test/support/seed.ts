import fc from "fast-check";

/**
 * Property tests take a new seed each time, so that they go on finding what nobody thought of; on CI they take a fixed one,
 * so that a change is judged by what it changes. FLOWCTL_SEED sets it. A failure prints its seed and path either way.
 */
const given = process.env["FLOWCTL_SEED"] ?? (process.env["CI"] === "true" ? "20261121" : undefined);
if (given !== undefined) fc.configureGlobal({ seed: Number(given) });
