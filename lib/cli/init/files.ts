/**
 * The files of a plan: their names, and their texts made in memory. Invariant: nothing is written here, so that what
 * takes long (keys, hashes) may fail or be broken off and leave nothing.
 */
import { withUser } from "../../access/passwords/user_lines.ts";
import { hashPassword } from "../../access/passwords/verifier.ts";
import { issueAuthority, issueLeaf } from "../certs/issue.ts";
import { serverNames } from "../certs/names.ts";
import { AUTHORITY_DAYS } from "../certs/options.ts";
import { configText } from "./config_text.ts";
import type { InitPlan, TlsPlan } from "./plan.ts";

/** In the folder; so are all of these. */
export const CONFIG = "config.yaml";
/** Users and their passwords. */
export const PASSWORDS = "passwords";
/** Has the authority and the server's certificate. */
export const CERTIFICATES = "certs";
/** What the server shows. */
export const SERVER_CERTIFICATE = "certs/server.crt";
/** Its key. */
export const SERVER_KEY = "certs/server.key";
/** What clients need. */
export const AUTHORITY = "certs/ca.crt";
const AUTHORITY_KEY = "certs/ca.key";

/** The broker's user and group. */
const SHARED_MODE = 0o640;
const SECRET_MODE = 0o600;
const PUBLIC_MODE = 0o644;
/** As long as every system takes the certificate of an authority that was added by hand. */
const SERVER_DAYS = 825;

/** A file to write; `name` is its path in the folder. */
export interface NewFile {
  readonly name: string;
  readonly text: string;
  readonly mode: number;
}

/** The names of the files, config.yaml first. */
export function fileNames({ user, tls }: InitPlan): string[] {
  const names = [CONFIG];
  if (user !== undefined) names.push(PASSWORDS);
  if (tls !== undefined) names.push(AUTHORITY, AUTHORITY_KEY, SERVER_CERTIFICATE, SERVER_KEY);
  return names;
}

/**
 * The files with their texts; takes seconds where certificates are made.
 * @throws {UserError} for a password that cannot be kept
 */
export async function newFiles(plan: InitPlan): Promise<NewFile[]> {
  const { user, tls } = plan;
  const files = [{ name: CONFIG, text: configText(plan), mode: SHARED_MODE }];
  if (user !== undefined) {
    const text = withUser("", user.name, await hashPassword(user.password, "argon2id"));
    files.push({ name: PASSWORDS, text, mode: SECRET_MODE });
  }
  return tls === undefined ? files : [...files, ...await certificates(tls)];
}

async function certificates({ names }: TlsPlan): Promise<NewFile[]> {
  const [commonName = "localhost"] = names;
  const authority = await issueAuthority({ commonName: `Midge on ${commonName}` }, AUTHORITY_DAYS);
  const server = await issueLeaf({
    subject: { commonName },
    use: "server",
    names: serverNames(names),
    days: SERVER_DAYS,
  }, authority);
  return [
    { name: AUTHORITY, text: authority.certificate, mode: PUBLIC_MODE },
    { name: AUTHORITY_KEY, text: authority.key, mode: SECRET_MODE },
    { name: SERVER_CERTIFICATE, text: server.certificate, mode: PUBLIC_MODE },
    { name: SERVER_KEY, text: server.key, mode: SECRET_MODE },
  ];
}
