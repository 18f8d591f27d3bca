/** About four characters a token: for scripts, and for servers that do not report usage. */
export const estimateTokens = (value: unknown): number => Math.ceil((typeof value === "string" ? value : (JSON.stringify(value) ?? "")).length / 4);
