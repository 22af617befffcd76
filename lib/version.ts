/** The version, read from deno.json so that it stands in one place. */
import manifest from "../deno.json" with { type: "json" };

/** `X.Y.Z`. */
export const VERSION: string = manifest.version;
