/** The two functions of @std/encoding that Midge uses, with their types (npm's copy has none). */
import * as encoding from "@std/encoding";

/** Base64 of section 4 of RFC 4648, padded. */
export const encodeBase64: (bytes: Uint8Array) => string = encoding.encodeBase64;
/** Lower-case hexadecimal digits. */
export const encodeHex: (bytes: Uint8Array) => string = encoding.encodeHex;
