/** What a message is called in the journal, where it is a signal. Names that authors give hold no space. */
export const messageName = (wait: string, key: string): string => `message ${wait}=${key}`;
