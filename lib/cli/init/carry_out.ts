/**
 * A plan becomes files. Invariants: nothing that is there is overwritten; all of it is written or nothing; what root
 * writes belongs to the owner of the folder.
 */
import type { InitPlan, InitResult } from "./plan.ts";

/**
 * Writes config.yaml, and as the plan wants them passwords, certs/ and a token in `data_dir`; what was written passes
 * `midge check`.
 * @throws {UserError} where one of the files is there already, or cannot be written; nothing is left then
 */
export function carryOut(_plan: InitPlan): Promise<InitResult> {
  return Promise.reject(new Error("not written yet"));
}
