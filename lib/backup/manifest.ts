/**
 * What a backup says of itself: the first entry of its tar file. Invariants: what is read was checked in each part, names
 * above all, and has its own checksum; a form that a newer Midge writes is refused by name.
 */
import { createHash } from "node:crypto";
import {
  array,
  type GenericSchema,
  getDotPath,
  integer,
  literal,
  minValue,
  nullable,
  number,
  object,
  optional,
  picklist,
  pipe,
  readonly,
  regex,
  safeParse,
  string,
} from "valibot";
import { newerFormat } from "../formats.ts";
import { UserError } from "../user_error.ts";
import { nameProblem } from "./names.ts";

/** The name of its entry. */
export const MANIFEST_NAME = "midge-backup.json";
/** Of its form. A change that an older Midge cannot read raises it. */
export const BACKUP_VERSION = 1;
/** Bytes: what a hundred thousand files take. */
export const MOST_MANIFEST = 32 * 1024 * 1024;

/** A file or a folder in a backup. */
export interface ManifestEntry {
  readonly kind: "file" | "folder";
  /** In the tar file: `base/config.yaml`. */
  readonly name: string;
  /** Bytes. */
  readonly size: number;
  /** SHA-256 of the content, hexadecimal; of a folder empty. */
  readonly sha256: string;
  readonly mode: number;
  /** Null: from a system without owners. */
  readonly uid: number | null;
  readonly gid: number | null;
}

/** A backup. */
export interface Manifest {
  readonly format: "midge-backup";
  readonly version: number;
  /** The version of the Midge that made it. */
  readonly midge: string;
  /** ISO 8601. */
  readonly created: string;
  /** Where things were: absolute paths. */
  readonly from: {
    /** The folder of the configuration file. */
    readonly base: string;
    readonly data: string;
    readonly store: string;
  };
  /** The name of the configuration file in its folder; null: there was none. */
  readonly config: string | null;
  /** Absolute paths that the configuration names, of files that are in the backup. */
  readonly absolute: readonly string[];
  /** What is not in it, a line each. */
  readonly missing: readonly string[];
  readonly entries: readonly ManifestEntry[];
}

const WHOLE = pipe(number(), integer(), minValue(0));
const OWNER = optional(nullable(WHOLE), null);

const ENTRY = object({
  kind: picklist(["file", "folder"]),
  name: string(),
  size: WHOLE,
  sha256: pipe(string(), regex(/^([0-9a-f]{64})?$/, "expected a SHA-256")),
  mode: WHOLE,
  uid: OWNER,
  gid: OWNER,
});

const MANIFEST: GenericSchema<unknown, Manifest> = object({
  format: literal("midge-backup"),
  version: WHOLE,
  midge: string(),
  created: string(),
  from: object({ base: string(), data: string(), store: string() }),
  config: nullable(string()),
  absolute: pipe(array(string()), readonly()),
  missing: pipe(array(string()), readonly()),
  entries: pipe(array(ENTRY), readonly()),
});

/** The text of a manifest, with its checksum: what is compressed has one, but a plain tar file has none of contents. */
export function manifestText(manifest: Manifest): string {
  return JSON.stringify({ ...manifest, sha256: checksumOf(manifest) }, null, 1) + "\n";
}

/** Of the values, and of their order. */
function checksumOf(manifest: object): string {
  return createHash("sha256").update(JSON.stringify(manifest)).digest("hex");
}

/**
 * Reads a manifest.
 * @throws UserError without the file's name
 */
export function parseManifest(text: string): Manifest {
  const { sha256, ...value } = Object(jsonOf(text)) as Readonly<Record<string, unknown>>;
  const { format, version, midge } = value;
  if (format !== "midge-backup") throw new UserError("is no backup of midge's");
  const newer = newerFormat(version, BACKUP_VERSION, midge);
  if (newer !== undefined) throw new UserError(newer);
  if (sha256 !== checksumOf(value)) {
    throw new UserError("is damaged: its list does not have its checksum");
  }
  const result = safeParse(MANIFEST, value);
  if (!result.success) {
    const issue = result.issues[0];
    throw new UserError(`is damaged: its list: ${getDotPath(issue)}: ${issue.message}`);
  }
  checkNames(result.output);
  return result.output;
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new UserError("is damaged: its list is no JSON", { cause });
  }
}

/** Two names of which a file system may make one are as bad as one name twice. */
function checkNames({ entries, config }: Manifest): void {
  const seen = new Set<string>();
  for (const { name, kind } of entries) {
    const shown = JSON.stringify(name);
    const problem = nameProblem(name) ??
      (kind === "file" && !name.includes("/") ? "is that of a folder" : undefined);
    if (problem !== undefined) throw new UserError(`has a name in it that ${problem}: ${shown}`);
    const plain = name.normalize("NFC").toLowerCase();
    if (seen.has(plain)) throw new UserError(`has the name ${shown} twice`);
    seen.add(plain);
  }
  if (config !== null && !entries.some(({ name }) => name === `base/${config}`)) {
    throw new UserError(`is damaged: its list has no ${JSON.stringify(config)}`);
  }
}
