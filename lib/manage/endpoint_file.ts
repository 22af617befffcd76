/**
 * The file in which a broker that made its own token leaves it, with its address. Invariant: it is there whole or not
 * at all, and only its user can read it.
 */
import { dirname } from "../config/paths.ts";
import { isPrivatePlace, type System } from "../platform.ts";
import { newerFormat } from "../formats.ts";

/** Of the form of the file; one without it is of the first. */
const FORMAT = 1;

/** How clients find a broker that made its own token. */
export interface EndpointFile {
  readonly hostname: string;
  readonly port: number;
  readonly token: string;
}

/** The address and token that a running broker has left. */
export async function readEndpointFile(path: string): Promise<EndpointFile> {
  const { hostname, port, token, version } = JSON.parse(await Deno.readTextFile(path));
  const newer = newerFormat(version, FORMAT);
  if (newer !== undefined) throw new TypeError(newer);
  if (typeof hostname !== "string" || typeof port !== "number" || typeof token !== "string") {
    throw new TypeError("expected hostname, port and token");
  }
  return { hostname, port, token };
}

/** Written beside its place, readable by this user alone, and then moved there. */
export function writeEndpointFile(
  path: string,
  file: EndpointFile,
  system: System = Deno.build.os,
): void {
  if (!isPrivatePlace(path, system)) {
    throw new Error(
      `other users of this machine could read the token in ${path}; expected a data_dir below your own folder ` +
        "(C:\\Users\\NAME), or a management.token of your own",
    );
  }
  Deno.mkdirSync(dirname(path), { recursive: true });
  const draft = `${path}.${crypto.randomUUID()}.tmp`;
  Deno.writeTextFileSync(draft, textOf(file), { mode: 0o600, createNew: true });
  Deno.renameSync(draft, path);
}

/** Does the file still say this? Throws where it cannot be read. */
export function endpointFileSays(path: string, file: EndpointFile): boolean {
  return Deno.readTextFileSync(path) === textOf(file);
}

function textOf(file: EndpointFile): string {
  return JSON.stringify({ version: FORMAT, ...file }) + "\n";
}
