/**
 * A group of flowctl reads one topic; a group of Kafka may read many, and whoever comes for one of them stops the
 * reading of all. So each topic has a group of its own there, named after both.
 */
export const groupId = (group: string, topic: string): string => `${group}@${topic}`;

/** The group's name among those who read `topic`: of others' it is their own. */
export const groupName = (id: string, topic: string): string => (id.endsWith(`@${topic}`) ? id.slice(0, -topic.length - 1) : id);
