/**
 * Properties of MQTT 5 on the command line, `--property COMMAND NAME VALUE`, with the names that mosquitto's clients
 * have. Invariant: what is no property of its packet, and no value of that property, is a UsageError of one line.
 */
import { meantHint } from "../config/keys.ts";
import type { UserProperty } from "../wire/properties.ts";
import type { GivenOptions } from "./given_options.ts";
import type { OptionTable } from "./option_table.ts";
import { UsageError } from "./usage_error.ts";

const USER_PROPERTY = "user-property";

/** COMMAND, NAME and VALUE; a user property has two values. */
function words(read: readonly string[]): number {
  return read[1] === USER_PROPERTY ? 4 : 3;
}

/** The option. */
export const PROPERTY_OPTIONS = {
  property: {
    names: ["property", "D"],
    value: "COMMAND NAME VALUE",
    words,
    help: "a property of MQTT 5, such as publish content-type\n" +
      "text/plain, or connect user-property NAME VALUE; COMMAND is\n" +
      "connect, publish, subscribe, unsubscribe, disconnect or will",
  },
} as const satisfies OptionTable;

type Given = GivenOptions<typeof PROPERTY_OPTIONS>;

const TEXT = "text";
const BYTE = 1;
const UINT16 = 65_535;
const UINT32 = 0xffff_ffff;

const MESSAGE = {
  "content-type": TEXT,
  "correlation-data": TEXT,
  "message-expiry-interval": UINT32,
  "payload-format-indicator": BYTE,
  "response-topic": TEXT,
} as const;

/** What each packet has: a text, or the largest number. */
const PROPERTIES = {
  connect: {
    "authentication-data": TEXT,
    "authentication-method": TEXT,
    "maximum-packet-size": UINT32,
    "receive-maximum": UINT16,
    "request-problem-information": BYTE,
    "request-response-information": BYTE,
    "session-expiry-interval": UINT32,
    "topic-alias-maximum": UINT16,
  },
  publish: { ...MESSAGE, "topic-alias": UINT16 },
  subscribe: { "subscription-identifier": 268_435_455 },
  unsubscribe: {},
  disconnect: { "reason-string": TEXT, "session-expiry-interval": UINT32 },
  will: { ...MESSAGE, "will-delay-interval": UINT32 },
} as const satisfies Record<string, Record<string, "text" | number>>;

/** A packet that properties can be given to. */
export type PropertyCommand = keyof typeof PROPERTIES;

/** Those that were given to one packet. */
export class GivenProperties {
  readonly #values = new Map<string, string | number>();
  readonly #userProperties: UserProperty[] = [];

  /** Was none given? */
  get isEmpty(): boolean {
    return this.#values.size === 0 && this.#userProperties.length === 0;
  }

  text(name: string): string | undefined {
    const value = this.#values.get(name);
    return typeof value === "string" ? value : undefined;
  }

  number(name: string): number | undefined {
    const value = this.#values.get(name);
    return typeof value === "number" ? value : undefined;
  }

  /** 0 and 1 as false and true. */
  flag(name: string): boolean | undefined {
    const value = this.number(name);
    return value === undefined ? undefined : value === 1;
  }

  bit(name: string): 0 | 1 | undefined {
    const value = this.flag(name);
    return value === undefined ? undefined : value ? 1 : 0;
  }

  bytes(name: string): Uint8Array | undefined {
    const value = this.text(name);
    return value === undefined ? undefined : new TextEncoder().encode(value);
  }

  get userProperties(): readonly UserProperty[] | undefined {
    return this.#userProperties.length === 0 ? undefined : this.#userProperties;
  }

  /** The last of a name counts; user properties gather. */
  add(name: string, type: "text" | number | undefined, [first = "", second]: string[]): void {
    if (name === USER_PROPERTY && second !== undefined) this.#userProperties.push([first, second]);
    else this.#values.set(name, typeof type === "number" ? numberOf(name, first, type) : first);
  }
}

/**
 * All that were given, by packet.
 * @param commands those that this program sends
 * @throws {UsageError}
 */
export function propertiesOf(
  given: Given,
  commands: readonly PropertyCommand[],
): ReadonlyMap<PropertyCommand, GivenProperties> {
  const all = new Map<PropertyCommand, GivenProperties>();
  for (const written of given.all("property")) {
    const [command = "", name = "", ...values]: string[] = JSON.parse(written);
    const known = commands.find((one) => one === command);
    if (known === undefined) throw wrong(command, commands, "");
    const of: Readonly<Record<string, "text" | number>> = PROPERTIES[known];
    const names = [...Object.keys(of), USER_PROPERTY];
    if (!names.includes(name)) throw wrong(name, names, ` of ${known}`);
    const properties = all.get(known) ?? new GivenProperties();
    all.set(known, properties);
    properties.add(name, of[name], values);
  }
  return all;
}

function wrong(got: string, expected: readonly string[], where: string): UsageError {
  return new UsageError(
    `--property${where} got ${JSON.stringify(got)}, expected ${expected.join(", ")}${
      meantHint(got, expected)
    }`,
  );
}

function numberOf(name: string, text: string, most: number): number {
  const value = /^\d+$/.test(text) ? Number(text) : NaN;
  if (value <= most) return value;
  throw new UsageError(
    `--property ${name} got ${JSON.stringify(text)}, expected a whole number up to ${most}`,
  );
}
