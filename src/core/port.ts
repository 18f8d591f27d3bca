/** A port as part of a pattern: 0 to 65535. What opens a socket takes no larger one. */
export const PORT = String.raw`(?:6553[0-5]|655[0-2]\d|65[0-4]\d{2}|6[0-4]\d{3}|[0-5]?\d{1,4})`;
