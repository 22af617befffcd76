/**
 * The options that the database plugins share. Invariant: what comes out is ready to use: milliseconds, hosts with
 * ports, a password check.
 */
import { nullish } from "valibot";
import { parsePasswordHash, type PasswordCheck } from "../passwords/spec.ts";
import { type OptionField, optionField } from "../../config/plugin_options.ts";
import { secretText } from "../../config/fields.ts";
import { kindOf } from "../../secrets.ts";
import { countOption, waitOption } from "./options.ts";
import { messageOf } from "../../user_error.ts";

/** Where a server listens. */
export interface ServerAddress {
  /** Name or address, without brackets. */
  readonly host: string;
  /** TCP port. */
  readonly port: number;
}

const SERVER_FORMS = "HOST:PORT, HOST, PORT or [IPV6]:PORT";

/** `HOST:PORT`, several with commas between, or a list of them. */
export function serversOption(defaultPort: number): OptionField<readonly ServerAddress[]> {
  return optionField((value) => {
    const texts = (Array.isArray(value) ? value : String(value).split(",")).map(String);
    const servers = texts.map((text) => readServer(text.trim(), defaultPort));
    const isWhole = servers.length > 0 && servers.every((server) => server !== undefined);
    return isWhole ? servers : undefined;
  }, `${SERVER_FORMS}, several with commas between`);
}

/** One `HOST:PORT`. */
export function serverOption(defaultPort: number): OptionField<ServerAddress> {
  return optionField((value) => readServer(String(value).trim(), defaultPort), SERVER_FORMS);
}

/** A text that may be empty, as a password is where there is none. No error line shows it. */
export const secretOption: OptionField<string> = optionField(
  secretText.read,
  secretText.expected,
  kindOf,
);

/** How passwords are stored: `sha256`, `salt,sha256`, `bcrypt`, ... */
export const passwordHashOption: OptionField<PasswordCheck> = optionField((value) => {
  if (typeof value !== "string") return undefined;
  try {
    return parsePasswordHash(value);
  } catch (error) {
    return new Error(`got "${value}", ${messageOf(error)}`, { cause: error });
  }
}, "the name of a password hash");

/** Entries for `optionsOf`. */
export const DATABASE_OPTIONS = {
  /** Of one question; `timeout` is that of a whole decision. */
  query_timeout: nullish(waitOption, 5),
  connect_timeout: nullish(waitOption, 5),
  /** Connections at most. */
  pool: nullish(countOption(1), 8),
} as const;

function readServer(text: string, defaultPort: number): ServerAddress | undefined {
  if (/^\d+$/.test(text)) return withPort("127.0.0.1", text);
  const [, ipv6, name, port = String(defaultPort)] =
    /^(?:\[([0-9a-f:.]+(?:%[\w.-]+)?)\]|([\w.-]+))(?::(\d+))?$/i.exec(text) ?? [];
  const host = ipv6 ?? name;
  return host === undefined ? undefined : withPort(host, port);
}

function withPort(host: string, text: string): ServerAddress | undefined {
  const port = Number(text);
  return port >= 1 && port <= 65_535 ? { host, port } : undefined;
}
