/**
 * mosquitto.conf, taken apart: what is said of each listener, of each bridge, and of the broker. Invariant: every
 * statement lands in exactly one place, by mosquitto 2's own rules.
 */
import { badValue, readFlag, readNumber, type Statement } from "./statements.ts";
import type { Place } from "./draft.ts";
import {
  isBridgeKey,
  isPluginKey,
  LISTENER_KEYS,
  REPEATED_KEYS,
  SECURITY_KEYS,
} from "./mosquitto_keys.ts";

/** A listener with its own statements; of several of one key the last counts. */
export interface ListenerPart {
  /** Where it begins; undefined for the one that mosquitto opens when there is no other. */
  readonly place: Place | undefined;
  port: number;
  /** Address, host name, or path of a Unix socket. */
  host: string | undefined;
  readonly settings: Map<string, Statement>;
}

/** A mosquitto.conf, or several read as one. */
export interface MosquittoConf {
  /** Not of a listener or a bridge; of several of one key the last counts. */
  readonly general: ReadonlyMap<string, Statement>;
  /** Keys that may be repeated: log_dest, log_type, plugins and their options. */
  readonly repeated: readonly Statement[];
  readonly listeners: readonly ListenerPart[];
  readonly bridges: readonly Statement[];
  /** mosquitto listens on the machine itself only, and lets everyone in. */
  readonly localOnly: boolean;
  /** Access is set for each listener by itself. */
  readonly perListener: boolean;
}

/** Takes the statements apart. @throws UserError for a port that is none */
export function takeApart(statements: readonly Statement[]): MosquittoConf {
  const perListener = statements.some((one) =>
    one.key === "per_listener_settings" && readFlag(one)
  );
  const sorter = new Sorter(perListener);
  for (const statement of statements) sorter.add(statement);
  return sorter.conf();
}

/** Puts each statement where it belongs. */
class Sorter {
  readonly #general = new Map<string, Statement>();
  readonly #repeated: Statement[] = [];
  readonly #bridges: Statement[] = [];
  readonly #listeners: ListenerPart[] = [];
  /** The listener that mosquitto opens when there is no other, or when it is given a port or an address. */
  readonly #first: ListenerPart = {
    place: undefined,
    port: 1883,
    host: undefined,
    settings: new Map(),
  };
  readonly #perListener: boolean;
  #isFirstOpened = false;

  constructor(perListener: boolean) {
    this.#perListener = perListener;
  }

  add(statement: Statement): void {
    const { key } = statement;
    if (key === "listener") this.#listeners.push(readListener(statement));
    else if (key === "port" || key === "bind_address") this.#openFirst(statement);
    else if (key === "connection") this.#bridges.push(statement);
    else if (this.#isOfListener(key)) {
      (this.#listeners.at(-1) ?? this.#first).settings.set(key, statement);
    } else if (REPEATED_KEYS.test(key)) this.#repeated.push(statement);
    else if (!isBridgeKey(key)) this.#general.set(key, statement);
  }

  conf(): MosquittoConf {
    const listeners = this.#listeners;
    const opens = this.#isFirstOpened || listeners.length === 0 || this.#first.settings.size > 0;
    return {
      general: this.#general,
      repeated: this.#repeated,
      bridges: this.#bridges,
      perListener: this.#perListener,
      listeners: opens ? [this.#first, ...listeners] : listeners,
      localOnly: !this.#isFirstOpened && listeners.length === 0,
    };
  }

  #openFirst(statement: Statement): void {
    this.#isFirstOpened = true;
    if (statement.key === "port") this.#first.port = readNumber(statement, 1);
    else this.#first.host = statement.value;
  }

  #isOfListener(key: string): boolean {
    return LISTENER_KEYS.has(key) ||
      (this.#perListener && (SECURITY_KEYS.has(key) || isPluginKey(key)));
  }
}

/** `listener PORT [HOST or path]`. */
function readListener(statement: Statement): ListenerPart {
  const [port = "", host] = statement.value.split(/ +(.*)/s);
  if (!/^\d{1,5}$/.test(port) || Number(port) > 65_535) {
    throw badValue(statement, "a port and perhaps an address");
  }
  return {
    place: statement.place,
    port: Number(port),
    host: host === undefined || host === "" ? undefined : host,
    settings: new Map(),
  };
}
