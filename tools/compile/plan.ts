/**
 * What an executable is made of and what it may do. Invariants: what stands here is all that is inside; the rights
 * are those of `deno task midge`, and the variables that systemd sets for a service.
 */

/** What may be read of the environment; everything else is undefined, as packages expect it. */
export const VARIABLES = [
  "NOTIFY_SOCKET",
  "WATCHDOG_USEC",
  "STATE_DIRECTORY",
  "RUNTIME_DIRECTORY",
  "CREDENTIALS_DIRECTORY",
];

/** The rights, and how V8 keeps house. */
export const FLAGS: readonly string[] = [
  "--no-prompt",
  "--no-code-cache", // it would stand in a folder where others can write, and brings nothing that can be measured
  "--unstable-net",
  "--ignore-env",
  `--allow-env=${VARIABLES.join(",")}`,
  "--allow-net",
  "--allow-read",
  "--allow-write",
  "--allow-sys=systemMemoryInfo",
  "--v8-flags=--max-semi-space-size=8,--expose-gc",
];

/** A kind of machine: what Deno calls it, and how files for it are called. */
export interface Target {
  readonly target: string;
  readonly name: string;
  /** Of the file. */
  readonly suffix: "" | ".exe";
}

/** All that Deno makes executables for. */
export const TARGETS: readonly Target[] = [
  { target: "x86_64-unknown-linux-gnu", name: "linux-x64", suffix: "" },
  { target: "aarch64-unknown-linux-gnu", name: "linux-arm64", suffix: "" },
  { target: "aarch64-apple-darwin", name: "macos-arm64", suffix: "" },
  { target: "x86_64-apple-darwin", name: "macos-x64", suffix: "" },
  { target: "x86_64-pc-windows-msvc", name: "windows-x64", suffix: ".exe" },
];

/** Modules that others import by these names, and that must be the same for all. */
const DOORS = ["mod.ts", "plugin.ts", "sources.ts", "manage.ts"];
/** The main module of a worker is a file of its own. */
const WORKERS = ["lib/access/passwords/worker.ts"];
/** Files that are read and sent as they are. */
export const FILES: readonly string[] = ["plugins/dashboard/page"];

/**
 * The modules that something finds by their names when it runs; the first is the main module.
 * @param files of the clone, relative to it
 * @param read the text of one of them
 */
export function entryModules(files: readonly string[], read: (path: string) => string): string[] {
  const isCommand = (path: string) =>
    /^lib\/cli\/[a-z_]+\.ts$/.test(path) && /^export (const|function) HELP\b/m.test(read(path));
  const isPlugin = (path: string) => /^plugins\/[a-z0-9_]+\.ts$/.test(path);
  const found = files.filter((path) => isPlugin(path) || isCommand(path)).sort();
  return ["main.ts", ...DOORS, ...WORKERS, ...found];
}

/**
 * The arguments of `deno` that make the executable out of the bundle, in whose folder it is run.
 * @param modules as they are in the bundle, the main module first
 */
export function compileArguments(
  modules: readonly string[],
  files: readonly string[],
  output: string,
  target?: string,
): string[] {
  const [main = "", ...others] = modules;
  return [
    ...["compile", "--quiet", "--no-check", "--config", "deno.json"],
    ...FLAGS,
    ...(target === undefined ? [] : ["--target", target]),
    ...[...others, ...files].flatMap((path) => ["--include", path]),
    ...["--output", output, main],
  ];
}

/** The name of a module in the bundle. */
export function bundledName(path: string): string {
  return path.replace(/\.ts$/, ".js");
}
