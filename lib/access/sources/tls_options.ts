/**
 * `tls: {cafile, certfile, keyfile, server_name, verify}`, the same for every source. Invariant: certificates are
 * checked unless `verify: false` says otherwise; a file that cannot be used is an error that names it.
 */
import { check, type InferOutput, nullish, optional, pipe } from "valibot";
import { messageOf, problemsOf, UserError } from "../../user_error.ts";
import { resolve } from "../../config/paths.ts";
import { pathOption, switchOption } from "../../config/plugin_options.ts";
import type { PluginContext } from "../../plugin/context.ts";
import { sectionOf, textOption } from "./options.ts";

/** The schema of `tls`. */
export const tlsOption = pipe(
  sectionOf({
    /** Authorities (PEM) to trust in place of those that everybody trusts. */
    cafile: optional(pathOption),
    /** What the server asks of us: our certificate (PEM, with its chain) and key. */
    certfile: optional(pathOption),
    keyfile: optional(pathOption),
    /** The name to ask for and to check, where it is not the host's. */
    server_name: optional(textOption),
    verify: nullish(switchOption, true),
  }),
  check(
    ({ certfile, keyfile }) => (certfile === undefined) === (keyfile === undefined),
    "certfile and keyfile belong together; expected both or none",
  ),
);

/** `tls` as it was given. */
export type TlsOptions = InferOutput<typeof tlsOption>;

/** PEM texts, and how to check. */
export interface TlsMaterial {
  readonly authority: string | undefined;
  readonly cert: string | undefined;
  readonly key: string | undefined;
  readonly serverName: string | undefined;
  readonly verify: boolean;
}

/** A part of what `connect` of node:tls takes. */
export type NodeTlsOptions = {
  /** PEM: these authorities and no others. To add everybody's would need --allow-sys=ca (Deno 2.9). */
  readonly ca?: string;
  readonly cert?: string;
  readonly key?: string;
  readonly servername?: string;
  readonly rejectUnauthorized: boolean;
};

/** Reads the files; paths are relative to `directory`. @throws {UserError} with every problem */
export async function readTls(options: TlsOptions, directory: string): Promise<TlsMaterial> {
  const problems: string[] = [];
  const read = async (name: "cafile" | "certfile" | "keyfile") => {
    const path = options[name];
    if (path === undefined) return undefined;
    try {
      return await readPem(resolve(directory, path));
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

/**
 * Reads the files again at a reload, for certificates are renewed. Where they cannot be used, those before them
 * stay, and the log says why.
 */
export async function readTlsAgain(
  options: TlsOptions,
  { directory, logger }: Pick<PluginContext, "directory" | "logger">,
  use: (tls: TlsMaterial) => void | Promise<void>,
): Promise<void> {
  let tls: TlsMaterial;
  try {
    tls = await readTls(options, directory);
  } catch (error) {
    const problems = problemsOf(error);
    for (const problem of problems) logger.error(`${problem}; the certificates before it stay`);
    return;
  }
  await use(tls);
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

async function readPem(path: string): Promise<string> {
  const text = await Deno.readTextFile(path);
  if (!text.includes("-----BEGIN ")) throw new Error("expected PEM text (-----BEGIN ...)");
  return text;
}
