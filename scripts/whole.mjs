/** The number that an option says. One that is none would be nothing to do, and nothing that went wrong. */
export function whole(option, text, least = 1) {
  if (/^\d{1,15}$/.test(text) && Number(text) >= least) return Number(text);
  process.stderr.write(`--${option} is a whole number from ${least} on, not \`${text}\`\n`);
  process.exit(2);
}
