export const noop = ({ id }) => ({ id, n: 0 });
