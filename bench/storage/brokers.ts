/**
 * Brokers that keep what they have in a folder, to be started again on it. Invariant: a kind's folder is its own and is
 * removed when the kind is disposed; limits are set so that none drops what the loads leave with it.
 */
import {
  type BrokerKind,
  type Description,
  type RunningBroker,
  startProcess,
  startTask,
} from "../brokers.ts";
import { type Door, midgeListeners, mosquittoListeners, type Ports } from "../doors.ts";

/** Midge's `durability`; off: without storage. */
export type Durability = "off" | "none" | "os" | "full";

/** A broker with a folder; it can be started on it as often as wanted, one process at a time. */
export interface StoringKind extends BrokerKind, AsyncDisposable {
  readonly folder: string;
}

/** Further wishes. */
export interface StoringOptions {
  /** Lines of its configuration. */
  readonly more?: string;
  /** Variables for its process. */
  readonly env?: Readonly<Record<string, string>>;
  /** Where its folder is made; without it the system's folder for temporary files. */
  readonly dir?: string | undefined;
}

/** More than any load here leaves. */
const MIDGE_LIMITS = "max_queued_messages: 200000\nmax_retained: 200000\n";
const MOSQUITTO_LIMITS = "max_queued_messages 0\nmax_queued_bytes 0\n";

/** Midge as `deno task start` runs it, with the plugins of the default configuration. */
export function storingMidge(
  durability: Durability,
  { more = MIDGE_LIMITS, env = {}, dir }: StoringOptions = {},
): Promise<StoringKind> {
  return kindOf(`Midge, ${durability}`, dir, async (folder) => {
    const words = (await startTask())
      .map((word) => word.startsWith("--allow-write") ? "--allow-write" : word)
      .map((word, i, { [i - 1]: before }) => before === "--data-dir" ? folder : word);
    const storage = durability === "off"
      ? "storage:\n"
      : `storage:\n  path: ${folder}/store\n  durability: ${durability}\n`;
    return (ports, file) => ({
      config: midgeListeners(ports) + storage + more,
      command: [...words, "--config", file],
      env,
    });
  });
}

/** When mosquitto writes its database. */
export const MOSQUITTO_SAVES = {
  /** Every 30 minutes and at the end: its default. */
  default: "",
  /** Whenever something has changed. */
  onChanges: "autosave_on_changes true\nautosave_interval 1\n",
} as const;

/** Debian's mosquitto with `persistence true`. */
export function storingMosquitto(
  saves: keyof typeof MOSQUITTO_SAVES,
  { more = MOSQUITTO_LIMITS, env = {}, dir }: StoringOptions = {},
): Promise<StoringKind> {
  const name = saves === "default" ? "mosquitto, persistence" : "mosquitto, autosave_on_changes";
  return kindOf(name, dir, (folder) =>
    Promise.resolve((ports, file) => ({
      config: mosquittoConfig(ports) +
        `persistence true\npersistence_location ${folder}/\n${MOSQUITTO_SAVES[saves]}${more}`,
      command: ["mosquitto", "-c", file],
      env,
    })));
}

/** Started by root it would become another user, who may not write to the folder. */
function mosquittoConfig(ports: Ports): string {
  return `user root\n${mosquittoListeners(ports)}`;
}

type Describe = (ports: Ports, file: string) => Description;

async function kindOf(
  name: string,
  dir: string | undefined,
  describeIn: (folder: string) => Promise<Describe>,
): Promise<StoringKind> {
  const folder = await Deno.makeTempDir({ prefix: "midge-storage-", ...(dir && { dir }) });
  const describe = await describeIn(folder);
  return {
    name,
    fresh: true,
    folder,
    start: (doors: readonly Door[] = ["tcp"]): Promise<RunningBroker> =>
      startProcess(name, doors, describe),
    [Symbol.asyncDispose]: () => Deno.remove(folder, { recursive: true }),
  };
}
