/**
 * The files of one certificate: cert.pem, key.pem, and state.json, which says what they are. Invariants: the folder and
 * new files are their owner's alone; the files are replaced together, and count only where state.json is about just
 * these two: what was half written is no certificate.
 */
import { join } from "node:path";
import { sha256Hex } from "../digest.ts";
import { newerFormat } from "../formats.ts";
import { replaceFiles } from "../replaced_file.ts";
import { whyUnwritable } from "../text_file.ts";
import { UserError } from "../user_error.ts";
import { VERSION } from "../version.ts";
import type { Certified } from "./certificates.ts";

const FOLDER_MODE = 0o700;
/** Of the form of state.json; one without it is of the first. A change that an older Midge cannot read raises it. */
const FORMAT = 1;

/** What is known of the certificate in the files. */
export interface StoredState extends Pick<Certified, "domains" | "from" | "until"> {
  /** Self-signed, until the authority has given one. */
  readonly isPlaceholder: boolean;
}

/** A folder with a certificate in it, or none yet. */
export class CertificateStore {
  readonly folder: string;
  readonly #certfile: string;
  readonly #keyfile: string;
  readonly #statefile: string;

  constructor(folder: string) {
    this.folder = folder;
    this.#certfile = join(folder, "cert.pem");
    this.#keyfile = join(folder, "key.pem");
    this.#statefile = join(folder, "state.json");
  }

  /**
   * Makes the folder where it is missing; throws a UserError where nothing can be written to it, or a newer Midge has:
   * its files would be replaced.
   */
  async prepare(): Promise<void> {
    await this.#refuseNewer();
    await this.#writing(async () => {
      await Deno.mkdir(this.folder, { recursive: true, mode: FOLDER_MODE });
      const probe = join(this.folder, `.${crypto.randomUUID()}`);
      await Deno.writeTextFile(probe, "", { createNew: true });
      await Deno.remove(probe);
    });
  }

  async #refuseNewer(): Promise<void> {
    const text = await Deno.readTextFile(this.#statefile).catch(() => ""); // missing: there is nothing to lose
    const { version, midge } = stateIn(text);
    const newer = newerFormat(version, FORMAT, midge);
    if (newer !== undefined) throw new UserError(`${this.#statefile}: ${newer}`);
  }

  /** What is in the files; undefined: nothing that can be used. */
  async read(): Promise<StoredState | undefined> {
    try {
      const files = [this.#certfile, this.#keyfile, this.#statefile];
      const texts = await Promise.all(files.map((file) => Deno.readTextFile(file)));
      const [certificate = "", key = "", state = ""] = texts;
      const known: Readonly<Record<string, unknown>> = Object(JSON.parse(state));
      return known.digest === await sha256Hex(`${certificate}\n${key}`)
        ? stateOf(known)
        : undefined;
    } catch {
      return undefined; // missing, unreadable or no JSON: a new one replaces it, and that says what is wrong with the folder
    }
  }

  /** Replaces the files; throws a UserError where they cannot be written. */
  async write(certified: Certified, isPlaceholder: boolean): Promise<void> {
    const { certificate, key, domains, from, until } = certified;
    const iso = (time: number) => new Date(time).toISOString();
    const times = { from: iso(from), until: iso(until) };
    const digest = await sha256Hex(`${certificate}\n${key}`);
    const state = {
      version: FORMAT,
      midge: VERSION,
      domains,
      ...times,
      placeholder: isPlaceholder,
      digest,
    };
    await this.#writing(() =>
      replaceFiles([
        [this.#keyfile, key],
        [this.#certfile, certificate],
        [this.#statefile, `${JSON.stringify(state, null, 2)}\n`],
      ])
    );
  }

  async #writing(write: () => Promise<void>): Promise<void> {
    try {
      await write();
    } catch (cause) {
      const why = cause instanceof UserError ? cause.message : whyUnwritable(cause);
      throw new UserError(`${this.folder}: ${why}`, { cause });
    }
  }
}

/** Nothing where it is no JSON: it was half written, or is another's, and is replaced. */
function stateIn(text: string): Readonly<Record<string, unknown>> {
  try {
    return Object(JSON.parse(text));
  } catch {
    return {};
  }
}

/** What state.json says; undefined where it is not what was written. */
function stateOf(known: Readonly<Record<string, unknown>>): StoredState | undefined {
  const { domains, placeholder } = known;
  const [from, until] = [Date.parse(String(known.from)), Date.parse(String(known.until))];
  if (!Array.isArray(domains) || Number.isNaN(from + until)) return undefined;
  return { domains: domains.map(String), from, until, isPlaceholder: placeholder === true };
}
