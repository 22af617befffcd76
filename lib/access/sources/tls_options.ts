/**
 * `tls: {cafile, certfile, keyfile, server_name, verify}`, the same for every source. Invariant: certificates are
 * checked unless `verify: false` says otherwise; a file that cannot be used is an error that names it.
 */
import { check, nullish, optional, pipe } from "valibot";
import { messageOf, UserError } from "../../user_error.ts";
import { WatchedFile } from "../../watched_file.ts";
import { readWholeText } from "../../whole_file.ts";
import { type PemContent, pemProblem } from "../../pem.ts";
import { resolve } from "../../config/paths.ts";
import { type OptionField, pathOption, switchOption } from "../../config/plugin_options.ts";
import type { PluginContext } from "../../plugin/context.ts";
import { sectionOf, textOption } from "./options.ts";

/** `tls` as it was given. */
export interface TlsOptions {
  /** Authorities (PEM) to trust in place of those that come with the platform. */
  readonly cafile?: string | undefined;
  /** What the server asks of us: our certificate (PEM, with its chain). */
  readonly certfile?: string | undefined;
  /** The certificate's key (PEM). */
  readonly keyfile?: string | undefined;
  /** The name to ask for and to check, where it is not the host's. */
  readonly server_name?: string | undefined;
  /** Is the server's certificate checked? Default true. */
  readonly verify: boolean;
}

/** The schema of `tls`. */
export const tlsOption: OptionField<TlsOptions> = pipe(
  sectionOf({
    cafile: optional(pathOption),
    certfile: optional(pathOption),
    keyfile: optional(pathOption),
    server_name: optional(textOption),
    verify: nullish(switchOption, true),
  }),
  check(
    ({ certfile, keyfile }) => (certfile === undefined) === (keyfile === undefined),
    "certfile and keyfile belong together; expected both or none",
  ),
);

/** PEM texts, and how to check. */
export interface TlsMaterial {
  /** PEM: trust these authorities only. Undefined: those that come with the platform. */
  readonly authority: string | undefined;
  /** PEM: our certificate with its chain. */
  readonly cert: string | undefined;
  /** PEM: its key. */
  readonly key: string | undefined;
  /** The name to ask for and to check, where it is not the host's. */
  readonly serverName: string | undefined;
  /** Is the server's certificate checked? */
  readonly verify: boolean;
}

/** A part of what `connect` of node:tls takes. */
export type NodeTlsOptions = {
  /** PEM: these authorities and no others. To add everybody's would need --allow-sys=ca (Deno 2.9). */
  readonly ca?: string;
  /** PEM, with its chain. */
  readonly cert?: string;
  /** PEM. */
  readonly key?: string;
  /** For SNI and for the check of the certificate. */
  readonly servername?: string;
  /** False: any certificate will do. */
  readonly rejectUnauthorized: boolean;
};

/** Reads the files; paths are relative to `directory`. @throws {UserError} with every problem */
export async function readTls(options: TlsOptions, directory: string): Promise<TlsMaterial> {
  const problems: string[] = [];
  const read = async (name: "cafile" | "certfile" | "keyfile") => {
    const path = options[name];
    if (path === undefined) return undefined;
    try {
      const file = resolve(directory, path);
      return await readPem(file, name === "keyfile" ? "key" : "certificate");
    } catch (error) {
      problems.push(`tls.${name}: ${path}: ${messageOf(error)}`);
      return undefined;
    }
  };
  const [authority, cert, key] = [
    await read("cafile"),
    await read("certfile"),
    await read("keyfile"),
  ];
  if (problems.length > 0) throw new UserError(problems);
  return { authority, cert, key, serverName: options.server_name, verify: options.verify };
}

/** Certificates that are read again when the broker reloads, for they are renewed. */
export interface TlsFollower {
  /** Reads the files again. @returns why those of before stay, a line for each problem */
  reload(): Promise<readonly string[]>;
  /** Resolves when no reading is under way. */
  close(): Promise<void>;
}

/**
 * Has the files read again at a reload. Where they cannot be used, those before them stay, the log says why, and
 * they are tried again until they can.
 */
export function followTls(
  options: TlsOptions,
  { directory, logger, clock }: Pick<PluginContext, "directory" | "logger" | "clock">,
  use: (tls: TlsMaterial) => void | Promise<void>,
): TlsFollower {
  return WatchedFile.onRequest(directory, {
    read: async (path) => await use(await readTls(options, path)),
    changed: () => logger.debug("the certificates are read again"),
    failed(problems) {
      for (const problem of problems) logger.error(`${problem}; the certificates before it stay`);
    },
  }, clock);
}

/** Says in the log that the server's certificate is not checked, where it is not. */
export function warnUnverified(
  tls: TlsOptions | null | undefined,
  { logger }: Pick<PluginContext, "logger">,
): void {
  if (tls?.verify === false) logger.warn("tls.verify is off: anybody can pose as the server");
}

/** What node:tls takes, its files read; undefined where no TLS is wanted. @throws {UserError} */
export async function readNodeTls(
  tls: TlsOptions | null | undefined,
  directory: string,
): Promise<NodeTlsOptions | undefined> {
  return tls ? nodeTlsOptions(await readTls(tls, directory)) : undefined;
}

/** What node:tls and the database drivers on top of it take. */
export function nodeTlsOptions(tls: TlsMaterial): NodeTlsOptions {
  return {
    ...(tls.authority !== undefined && { ca: tls.authority }),
    ...(tls.cert !== undefined && { cert: tls.cert }),
    ...(tls.key !== undefined && { key: tls.key }),
    ...(tls.serverName !== undefined && { servername: tls.serverName }),
    rejectUnauthorized: tls.verify,
  };
}

async function readPem(path: string, content: PemContent): Promise<string> {
  const text = await readWholeText(path);
  const problem = pemProblem(text, content);
  if (problem !== undefined) throw new Error(problem);
  return text;
}
