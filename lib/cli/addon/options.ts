/**
 * The options of the Home Assistant add-on, as the Supervisor writes them. Invariant: what is missing has the default of
 * the add-on's config.yaml; what is of a wrong type is a problem with its name, and no option is guessed.
 */
import { userNameProblem } from "../../access/passwords/user_lines.ts";
import { UserError } from "../../user_error.ts";

/** A user of the broker. */
export interface Login {
  readonly username: string;
  readonly password: string;
}

/** What people chose in the form of the add-on. */
export interface AddonOptions {
  readonly logins: readonly Login[];
  /** May users of Home Assistant log in with their passwords there? */
  readonly homeAssistantUsers: boolean;
  /** May anyone connect without a password? */
  readonly anonymous: boolean;
  /** Names of files in the folder of certificates. TLS is there when both are. */
  readonly certfile: string;
  readonly keyfile: string;
  /** Over TLS only with a certificate that this file's authority has signed; undefined: without. */
  readonly cafile: string | undefined;
  readonly logLevel: "debug" | "info" | "warning" | "error";
}

const LEVELS = ["debug", "info", "warning", "error"] as const;
/** The users of Home Assistant itself and of other add-ons. */
export const RESERVED = ["homeassistant", "addons"] as const;

/**
 * Reads options.json.
 * @param file for problems
 * @throws UserError with a line for each problem
 */
export function readAddonOptions(text: string, file: string): AddonOptions {
  const problems: string[] = [];
  const given = mappingOf(text, file);
  const reader = new Reader(given, (problem) => problems.push(`${file}: ${problem}`));
  const requiresCertificate = reader.flag("require_certificate", false);
  const cafile = reader.fileName("cafile", "");
  const options = {
    logins: reader.logins(),
    homeAssistantUsers: reader.flag("home_assistant_users", true),
    anonymous: reader.flag("anonymous", false),
    certfile: reader.fileName("certfile", "fullchain.pem"),
    keyfile: reader.fileName("keyfile", "privkey.pem"),
    cafile: requiresCertificate ? cafile : undefined,
    logLevel: reader.level(),
  };
  if (requiresCertificate && cafile === "") {
    problems.push(
      `${file}: require_certificate needs cafile, the authority whose certificates come in`,
    );
  }
  if (problems.length > 0) throw new UserError(problems);
  return options;
}

function mappingOf(text: string, file: string): Readonly<Record<string, unknown>> {
  const value = parsed(text);
  if (typeof value === "object" && value !== null && !Array.isArray(value)) {
    return value as Record<string, unknown>;
  }
  throw new UserError(`${file}: expected a JSON object, the options of the add-on`);
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

class Reader {
  readonly #given: Readonly<Record<string, unknown>>;
  readonly #note: (problem: string) => void;

  constructor(given: Readonly<Record<string, unknown>>, note: (problem: string) => void) {
    this.#given = given;
    this.#note = note;
  }

  flag(name: string, otherwise: boolean): boolean {
    const value = this.#given[name] ?? otherwise;
    if (typeof value === "boolean") return value;
    this.#note(`${name}: expected true or false`);
    return otherwise;
  }

  /** The name of a file in a folder, not a path. */
  fileName(name: string, otherwise: string): string {
    const value = this.#given[name] ?? otherwise;
    const isName = typeof value === "string" && !/[/\\\0]/.test(value) && !/^\.{1,2}$/.test(value);
    if (isName) return value;
    this.#note(`${name}: expected the name of a file in the folder ssl`);
    return otherwise;
  }

  level(): AddonOptions["logLevel"] {
    const value = this.#given.log_level ?? "info";
    const level = LEVELS.find((one) => one === value);
    if (level === undefined) this.#note(`log_level: expected ${LEVELS.join(", ")}`);
    return level ?? "info";
  }

  logins(): Login[] {
    const value = this.#given.logins ?? [];
    if (!Array.isArray(value)) {
      this.#note("logins: expected a list");
      return [];
    }
    const seen = new Set<string>(RESERVED);
    return value.flatMap((one: unknown, index) => this.#login(one, `logins[${index}]`, seen));
  }

  #login(value: unknown, where: string, seen: Set<string>): Login[] {
    const { username, password } = Object(value) as Record<string, unknown>;
    const problem = typeof username === "string" ? userNameProblem(username) : "; expected a text";
    if (typeof username !== "string" || problem !== undefined) {
      this.#note(`${where}.username: got ${JSON.stringify(username)}${problem}`);
    } else if (seen.has(username)) {
      const isTaken = RESERVED.some((one) => one === username);
      this.#note(
        `${where}.username: ${username} is ${isTaken ? "Home Assistant's own" : "there twice"}`,
      );
    } else if (typeof password !== "string" || password === "") {
      this.#note(`${where}.password: expected a password`);
    } else {
      seen.add(username);
      return [{ username, password }];
    }
    return [];
  }
}
