/** JSON in which no control character stands as itself: JSON.stringify leaves those from U+007F to U+009F, and terminals act on them. */
export function jsonText(value: unknown, indent?: number): string {
  return JSON.stringify(value, null, indent).replaceAll(/[\u007f-\u009f]/g, (control) => `\\u${control.charCodeAt(0).toString(16).padStart(4, "0")}`);
}
