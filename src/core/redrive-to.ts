/** Header of a message that is sent again: the flow whose run failed, or that could not read it. Every other one drops it. */
export const REDRIVE_TO = "flowctl-redrive-to";
