/** What is wrong with the keys of a listener. Invariant: each line begins with the key, as it stands in the listener. */
import { UserError } from "../../user_error.ts";

/** Lines `KEY: WHAT`, which follow `listeners.NAME.`. */
export class ListenerKeyError extends UserError {}
