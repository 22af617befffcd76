/** Where a restore leaves its plan until it is done. Invariant: while it is there, the files beside it may not fit together. */

/** From the folder of the configuration: a folder and a file. */
export const RESTORE_PLAN = [".midge-restore", "plan.json"] as const;
