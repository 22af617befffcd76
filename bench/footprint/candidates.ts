/**
 * What is compared by its footprint: Midge as it is installed, other brokers with their defaults on the same machine, and
 * programs that do nothing or next to nothing. Invariant: a broker keeps what its makers call its default, but for the
 * address, a folder of its own, and that anyone may connect.
 */
import { startTask } from "../brokers.ts";
import { COMPARED, flashMq, mosquitto, type Peer, type Place } from "../peers/programs.ts";

/** One column of the table. */
export interface Candidate extends Peer {
  /** A broker takes CONNECT, a listener connections alone, an empty program nothing. */
  readonly kind: "broker" | "listener" | "empty";
}

const here = (path: string) => new URL(path, import.meta.url).pathname;
const EXECUTABLE = here("../../dist/midge");
const SHIPPED = Deno.readTextFileSync(new URL("../../config.yaml", import.meta.url));

/** The shipped configuration, its ports those of the place. */
function shipped({ port, other }: Place): string {
  return SHIPPED.replace("0.0.0.0:1883", `127.0.0.1:${port}`)
    .replace("# bind: 127.0.0.1:18083", `bind: 127.0.0.1:${other}`);
}

const start = ({ config, folder }: Place) => ["start", "-c", config, "--data-dir", folder];

/** The flags that `deno task start` gives to `deno run`, for another working directory. */
async function startFlags(): Promise<string[]> {
  const [, , ...words] = await startTask();
  return words.slice(0, words.indexOf("main.ts"))
    .map((word) => word.startsWith("--allow-write") ? "--allow-write" : word)
    .map((word) => word === "--lock=deno.lock" ? `--lock=${here("../../deno.lock")}` : word);
}

/** Programs that are no broker: what a runtime takes by itself, and a bare connection. */
export async function bare(): Promise<Candidate[]> {
  const flags = await startFlags();
  const program = Deno.execPath();
  const none = { settings: "", program, config: () => "" };
  return [
    {
      ...none,
      kind: "empty",
      name: "an empty program, deno run",
      args: () => ["run", ...flags, here("empty.ts")],
    },
    {
      ...none,
      kind: "empty",
      name: "an empty program, compiled",
      program: here("../../dist/empty"),
      args: () => [],
    },
    {
      ...none,
      kind: "listener",
      name: "accepts and reads, deno run",
      args: ({ port }) => ["run", ...flags, here("bare.ts"), `${port}`],
    },
  ];
}

/** Midge: from a clone, as an executable, and that one with `edge: true`. */
export async function midges(): Promise<Candidate[]> {
  const flags = await startFlags();
  const executable = {
    program: EXECUTABLE,
    config: shipped,
    args: start,
    kind: "broker" as const,
  };
  return [
    {
      ...executable,
      name: "Midge, deno run",
      settings: "the shipped config.yaml",
      program: Deno.execPath(),
      args: (place) => ["run", ...flags, here("../../main.ts"), ...start(place)],
    },
    { ...executable, name: "Midge, executable", settings: "the shipped config.yaml" },
    {
      ...executable,
      name: "Midge, executable, edge",
      settings:
        "the shipped config.yaml with edge: true, and no bounds of connections and sessions",
      config: (place) => `${shipped(place)}\nedge: true\nmax_connections: 0\nmax_sessions: 0\n`,
    },
  ];
}

/** Others, where they are on the PATH or in the folder of the peers. */
export const OTHERS: readonly Candidate[] = [
  mosquitto("mosquitto 2.0", "persistence true"),
  flashMq,
  ...COMPARED,
].map((peer) => ({ ...peer, kind: "broker" }));
