/**
 * The version, read from deno.json so that it stands in one place. Used by the command line, the
 * plugin context and `$SYS/broker/version`.
 */
import manifest from "../deno.json" with { type: "json" };

/** `X.Y.Z`. */
export const VERSION: string = manifest.version;
