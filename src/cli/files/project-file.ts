import { basename } from "node:path";

export const PROJECT_FILE = "flowctl.yaml";

/** It says where flows run, and is none itself. */
export const isProjectFile = (path: string): boolean => basename(path) === PROJECT_FILE;
