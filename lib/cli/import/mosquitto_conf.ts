/**
 * mosquitto.conf, taken apart: what is said of each listener, of each bridge, and of the broker. Invariant: every
 * statement lands in exactly one place, by mosquitto 2's own rules; what mosquitto would not start with is refused.
 */
import { UserError } from "../../user_error.ts";
import { type Place, showPlace } from "./draft.ts";
import type { ConfFile } from "./mosquitto_include.ts";
import {
  isBridgeKey,
  isPluginKey,
  LISTENER_KEYS,
  REPEATED_KEYS,
  SECURITY_KEYS,
  TEXT_KEYS,
  usualKey,
} from "./mosquitto_keys.ts";
import { opensListener } from "./mosquitto_first.ts";
import { flagOf, numberOf, wordOf, wordsOf } from "./mosquitto_values.ts";
import { badValue, type Statement } from "./statements.ts";

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
  /** Above the first `listener` of their file, and of no effect, for they do not open one by themselves. */
  readonly idle: readonly Statement[];
  /** mosquitto listens on the machine itself only, and lets everyone in. */
  readonly localOnly: boolean;
  /** Access is set for each listener by itself. */
  readonly perListener: boolean;
}

/**
 * Takes the files apart, each of which begins with the settings of no listener.
 * @throws {UserError} with a line for each statement that mosquitto would refuse
 */
export function takeApart(
  files: readonly ConfFile[],
  isKey: (key: string) => boolean,
): MosquittoConf {
  const sorter = new Sorter(isKey);
  for (const file of files) sorter.addFile(file);
  return sorter.conf();
}

/** Puts each statement where it belongs. */
class Sorter {
  readonly #isKey: (key: string) => boolean;
  readonly #general = new Map<string, Statement>();
  readonly #repeated: Statement[] = [];
  readonly #bridges: Statement[] = [];
  readonly #listeners: ListenerPart[] = [];
  readonly #problems: string[] = [];
  /** The listener that mosquitto opens when there is no other, or when it is given a port or an address. */
  readonly #first: ListenerPart = {
    place: undefined,
    port: 1883,
    host: undefined,
    settings: new Map(),
  };
  /** Of the file that is read; undefined: mosquitto has lost it. */
  #current: ListenerPart | undefined = this.#first;
  #hasBridge = false;
  #hasSecurity = false;
  #perListener = false;
  #isFirstNamed = false;

  constructor(isKey: (key: string) => boolean) {
    this.#isKey = isKey;
  }

  addFile(file: ConfFile): void {
    const [current, hasBridge] = [this.#current, this.#hasBridge];
    this.#current = this.#first;
    this.#hasBridge = false;
    for (const item of file) {
      if ("key" in item) this.#add({ ...item, key: usualKey(item.key) });
      else this.#include(item);
    }
    this.#current = current;
    this.#hasBridge = hasBridge;
  }

  /** mosquitto keeps its listeners in one block of memory: one more moves them, but not what points to them. */
  #include(files: readonly ConfFile[]): void {
    const before = this.#listeners.length;
    for (const file of files) this.addFile(file);
    const isMoved = this.#listeners.length > before && this.#current !== this.#first;
    if (isMoved) this.#current = undefined;
  }

  conf(): MosquittoConf {
    if (this.#problems.length > 0) throw new UserError(this.#problems);
    const listeners = this.#listeners;
    const first = [...this.#first.settings.values()];
    const opens = this.#isFirstNamed || listeners.length === 0 || first.some(opensListener);
    return {
      general: this.#general,
      repeated: this.#repeated,
      bridges: this.#bridges,
      perListener: this.#perListener,
      listeners: opens ? [this.#first, ...listeners] : listeners,
      idle: opens ? [] : first,
      localOnly: !this.#isFirstNamed && listeners.length === 0,
    };
  }

  #add(statement: Statement): void {
    const { key } = statement;
    const isOfListener = this.#isOfListener(key);
    if (!this.#isKey(key)) this.#refuse(statement, unknownKey(key));
    else if (key === "listener") this.#open(readListener(statement));
    else if (key === "port" || key === "bind_address") this.#nameFirst(statement);
    else if (key === "per_listener_settings") this.#setPerListener(statement);
    else if (key === "connection") this.#addBridge(statement);
    else if (isBridgeKey(key)) {
      if (!this.#hasBridge) this.#refuse(statement, "there is no connection above it");
    } else if (isOfListener) this.#addToListener(statement);
    else if (REPEATED_KEYS.test(key)) this.#repeated.push(statement);
    else this.#keep(this.#general, statement);
    this.#hasSecurity ||= SECURITY_KEYS.has(key) || isPluginKey(key);
  }

  #isOfListener(key: string): boolean {
    return LISTENER_KEYS.has(key) ||
      (this.#perListener && (SECURITY_KEYS.has(key) || isPluginKey(key)));
  }

  #open(listener: ListenerPart): void {
    this.#listeners.push(listener);
    this.#current = listener;
  }

  #nameFirst(statement: Statement): void {
    this.#isFirstNamed = true;
    if (statement.key === "port") this.#first.port = numberOf(statement, 1, 65_535);
    else this.#first.host = hostOf(statement);
  }

  #setPerListener(statement: Statement): void {
    this.#perListener = flagOf(statement);
    if (this.#perListener && this.#hasSecurity) {
      this.#refuse(statement, "has to stand before all that says who comes in");
    }
  }

  #addBridge(statement: Statement): void {
    this.#hasBridge = true;
    this.#bridges.push({ ...statement, value: wordOf(statement) });
  }

  #addToListener(statement: Statement): void {
    if (this.#current === undefined) {
      const { key, place } = statement;
      this.#problems.push(
        `${
          showPlace(place)
        }: ${key}: mosquitto has lost the listener it belongs to when include_dir ` +
          "opened another; put it above include_dir",
      );
    } else if (statement.key === "mount_point" && this.#listeners.length === 0) {
      this.#refuse(statement, "there is no listener above it");
    } else this.#keep(this.#current.settings, statement);
  }

  /** Of switches and numbers the last counts, of plugins all. */
  #keep(settings: Map<string, Statement>, statement: Statement): void {
    const before = settings.get(statement.key);
    if (before !== undefined && TEXT_KEYS.has(statement.key)) {
      this.#refuse(statement, `stands in ${showPlace(before.place)} already`);
    } else if (TEXT_KEYS.has(statement.key) && statement.value === "") {
      this.#refuse(statement, "has no value");
    } else {
      const name = REPEATED_KEYS.test(statement.key) ? showPlace(statement.place) : statement.key;
      settings.set(name, statement);
    }
  }

  #refuse({ key, place }: Statement, why: string): void {
    this.#problems.push(`${showPlace(place)}: ${key}: ${why}; mosquitto does not start with it`);
  }
}

function unknownKey(key: string): string {
  const tab = key.includes("\t") ? " (a tab does not end a key)" : "";
  return `unknown key${tab}: take it out if you know that it does not matter`;
}

/** `listener PORT [HOST or path]`; what is behind counts for nothing. */
function readListener(statement: Statement): ListenerPart {
  const [port = "", host] = wordsOf(statement);
  const number = /^\d{1,5}/.exec(port)?.[0];
  const isRight = number !== undefined && Number(number) <= 65_535;
  if (!isRight || (Number(number) === 0 && host === undefined)) {
    throw badValue(statement, "a port and perhaps an address");
  }
  return { place: statement.place, port: Number(number), host, settings: new Map() };
}

/** All of the line. */
function hostOf(statement: Statement): string {
  if (statement.value !== "" && !/\s/.test(statement.value)) return statement.value;
  throw badValue(statement, "an address; a comment cannot stand behind it");
}
