/** The lines of the start screen. Pure. Invariant: where it listens comes first, what to do next last. */
import { isLoopback } from "../../config/bind.ts";
import type { BrokerConfig } from "../../config/types.ts";

/** A broker that has started. */
export interface Started {
  readonly version: string;
  /** How a person calls this program. */
  readonly command: string;
  readonly config: Pick<BrokerConfig, "file" | "listeners">;
  /** As `Broker.listeners` has them. */
  readonly listeners: readonly {
    readonly name: string;
    readonly type: string;
    readonly address: string;
    readonly port: number;
  }[];
  /** One sentence: who may connect. */
  readonly access: string;
  /** May anyone? */
  readonly isOpen: boolean;
  /** One sentence: what is kept where. */
  readonly storage: string;
}

/** What was said during the start. */
export interface Said {
  /** For this person alone. */
  readonly told: readonly string[];
  /** Warnings of the command line's own. */
  readonly notes: readonly string[];
  /** What plugins had to say. */
  readonly plugins: readonly string[];
}

/** All lines. */
export function screenLines(started: Started, { told, notes, plugins }: Said): string[] {
  const { version, config, access, storage, isOpen } = started;
  const others = plugins.filter((line) => !told.some((one) => one.includes(lastWord(line))));
  return [
    `Midge ${version} runs${
      config.file === undefined ? "" : ` with ${config.file}`
    }. Ctrl-C stops it.`,
    "",
    ...listenerLines(started),
    ...others.map((line) => `  ${line}`),
    ...told.map((line) => `  ${line}`),
    `  ${storage}`,
    ...(isOpen ? [] : [`  ${access}`]),
    ...notes.map((line) => `  note: ${line}`),
    ...tryLines(started),
    "",
  ];
}

function lastWord(line: string): string {
  return line.slice(line.lastIndexOf(" ") + 1);
}

function listenerLines({ listeners, config }: Started): string[] {
  return listeners.map(({ name, type, address }) => {
    const own = config.listeners.find((one) => one.name === name);
    const isLocal = own !== undefined && (own.socketFile !== undefined || isLoopback(own.hostname));
    return `  MQTT (${type}): ${address}${isLocal ? ", which only this machine reaches" : ""}`;
  });
}

/** Where anyone may come in, two commands show how it works. */
function tryLines({ isOpen, listeners, command, config }: Started): string[] {
  const plain = listeners.find(({ type }) => type === "tcp");
  if (!isOpen || plain === undefined) return [];
  const port = plain.port === 1883 ? "" : ` -p ${plain.port}`;
  return [
    "",
    "Try it, each in a terminal of its own:",
    `  ${command} sub${port} -v -t 'hello/#'`,
    `  ${command} pub${port} -t hello/world -m 'It works'`,
    ...(config.file === undefined
      ? ["A configuration with users, passwords, TLS:", `  ${command} init DIR`]
      : []),
  ];
}
