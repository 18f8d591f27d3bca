/** How problems are printed. */
export const OUTPUT_FORMATS = ["text", "json", "github", "sarif", "junit"] as const;
export type OutputFormat = (typeof OUTPUT_FORMATS)[number];
