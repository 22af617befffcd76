/**
 * What is wrong with a client's configuration, in the words of the command line that said it: a person who wrote
 * `--cert` knows nothing of `connection.certfile`. Pure. Invariant: what a file says keeps its key.
 */
import type { ClientOptions, ConnectionOptions } from "../client/config_types.ts";

/** What flags have said. */
export interface SaidByFlags {
  readonly connection: ConnectionOptions;
  readonly session: ClientOptions;
}

/** Keys, whether flags said them, and the flag. */
const FLAGS: readonly [
  key: string,
  isSaid: (said: SaidByFlags) => boolean,
  flag: string,
][] = [
  ["connection.username", ({ connection }) => connection.username !== undefined, "--username"],
  ["connection.password", ({ connection }) => connection.password !== undefined, "--password"],
  ["connection.headers", ({ connection }) => connection.headers !== undefined, "--extra-headers"],
  ["will.topic", ({ session }) => session.will !== undefined, "--will-topic"],
  ["will.message", ({ session }) => session.will !== undefined, "--will-message"],
  ["client_id", ({ session }) => session.client_id !== undefined, "--client-id"],
  ["cleansession", ({ session }) => session.cleansession === false, "--disable-clean-session"],
];

/** The line with a flag in the place of a key. */
export function inFlags(line: string, said: SaidByFlags, file: string | undefined): string {
  const start = file !== undefined && line.startsWith(`${file}: `) ? file.length + 2 : 0;
  const text = line.slice(start);
  const { certfile, keyfile } = said.connection;
  if (text.startsWith("connection: certfile and keyfile") && (certfile ?? keyfile) !== undefined) {
    return text.replace("connection: certfile and keyfile", "--cert and --key");
  }
  for (const [key, isSaid, flag] of FLAGS) {
    if (!text.startsWith(`${key}: `) || !isSaid(said)) continue;
    return `${flag}: ${text.slice(key.length + 2)}`.replace(
      ": false without client_id",
      " without --client-id",
    );
  }
  return line;
}
