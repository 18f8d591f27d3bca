/** A whole number as people read it: `12,345`. Without `Intl`, whose first use takes a process 18 ms. */
export const thousands = (value: number): string => String(value).replace(/\B(?=(?:\d{3})+$)/g, ",");
