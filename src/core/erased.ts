/** Header of a message whose content was erased (`flowctl runs purge`): whoever reads it later drops it. */
export const ERASED = "flowctl-erased";
