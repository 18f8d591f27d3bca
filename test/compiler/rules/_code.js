export const keep = (input) => input;
