/** What is not built yet. */
import { UserError } from "../../../user_error.ts";

/** Refuses. */
export function later(): never {
  throw new UserError("this command is not built yet");
}
