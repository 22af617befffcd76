/**
 * The few functions of @std/path that the configuration uses, with their types (npm's copy has none).
 */
import * as path from "@std/path";

/** Is this an absolute path on this system? */
export const isAbsolute: (path: string) => boolean = path.isAbsolute;
/** The parts joined into one absolute path. */
export const resolve: (...parts: string[]) => string = path.resolve;
/** The folder of a path. */
export const dirname: (path: string) => string = path.dirname;
/** The last part of a path. */
export const basename: (path: string) => string = path.basename;
/** Parts joined with the system's separator. */
export const join: (...parts: string[]) => string = path.join;
/** `file:` URL of an absolute path. */
export const toFileUrl: (path: string) => URL = path.toFileUrl;
