/**
 * Certificates and keys in PEM that people name by file or folder. Invariant: what is given and holds none is a
 * UserError that names it: it must not mean the system's authorities, or no certificate.
 */
import { join } from "node:path";
import { type PemContent, pemProblem } from "./pem.ts";
import { whyUnreadable } from "./text_file.ts";
import { UserError } from "./user_error.ts";
import { readWholeText } from "./whole_file.ts";

/** Authorities: a file, a folder of files, PEM text; each may be missing. */
export interface AuthoritySources {
  readonly cafile?: string | undefined;
  readonly capath?: string | undefined;
  readonly cadata?: string | undefined;
}

/**
 * The PEM texts of all authorities; none when no source is given.
 * @throws UserError
 */
export async function readAuthorities(
  { cafile, capath, cadata }: AuthoritySources,
): Promise<string[]> {
  return [
    ...(cadata === undefined ? [] : [checkedPem(cadata, "cadata", "certificate")]),
    ...(cafile === undefined ? [] : [await readPem(cafile, "certificate")]),
    ...(capath === undefined ? [] : await readFolder(capath)),
  ];
}

/**
 * The text of a PEM file.
 * @throws UserError
 */
export async function readPem(path: string, content: PemContent): Promise<string> {
  return checkedPem(await readTextOf(path), path, content);
}

/**
 * The files of a folder that may hold certificates, as OpenSSL's capath has them: `*.pem`, `*.crt`, `*.cer`, `HASH.N`.
 * @throws UserError
 */
export async function certificateFilesOf(path: string): Promise<string[]> {
  const files: string[] = [];
  try {
    for await (const { name, isDirectory } of Deno.readDir(path)) {
      if (!isDirectory && /\.(?:pem|crt|cer|\d+)$/.test(name)) files.push(join(path, name));
    }
  } catch (cause) {
    throw new UserError(`${path}: ${whyUnreadable(cause)}`, { cause });
  }
  return files.sort();
}

async function readTextOf(path: string): Promise<string> {
  try {
    return await readWholeText(path);
  } catch (cause) {
    throw new UserError(`${path}: ${whyUnreadable(cause)}`, { cause });
  }
}

/** Without a certificate TLS would go on with none, and say something else. */
function checkedPem(text: string, name: string, content: PemContent): string {
  const problem = pemProblem(text, content);
  if (problem === undefined) return text;
  throw new UserError(`${name}: ${problem}`);
}

async function readFolder(path: string): Promise<string[]> {
  const texts: string[] = [];
  for (const file of await certificateFilesOf(path)) {
    const text = await readTextOf(file);
    if (pemProblem(text, "certificate") === undefined) texts.push(text);
  }
  if (texts.length > 0) return texts;
  throw new UserError(`${path}: no certificate in this folder; expected *.pem, *.crt or HASH.N`);
}
