/**
 * package.json of the npm package, and the deno.json beside it. Invariants: versions are those of the project's
 * deno.json; a dependency is there only when a file of the package imports it.
 */
import type { NpmTarget } from "./javascript.ts";

/** The Deno that the package runs under, and that the project is made with. */
export const DENO_VERSION = "2.9.6";

/** The parts of deno.json that a package needs. */
export interface ProjectManifest {
  readonly version: string;
  readonly license: string;
  readonly exports: Readonly<Record<string, string>>;
  readonly tasks: Readonly<Record<string, string | { readonly command: string }>>;
}

/** Deno for each machine. Its package `deno` chooses one of these by an install script, which npm 11 warns of. */
const DENO_PACKAGES = [
  "@deno/darwin-arm64",
  "@deno/darwin-x64",
  "@deno/linux-arm64-glibc",
  "@deno/linux-x64-glibc",
  "@deno/win32-arm64",
  "@deno/win32-x64",
];

/** The doors for programs; what stands beside them in deno.json is for tests. */
const DOORS = [".", "./sources", "./plugin", "./manage"];

/** package.json, as a value of JSON. */
export function packageJson(
  { version, license, exports }: ProjectManifest,
  targets: Iterable<NpmTarget>,
): Record<string, unknown> {
  const dependencies = [...targets].map(({ name, version }) => [name, version] as const);
  return {
    name: "midge-broker",
    version,
    description: "An MQTT 5, 3.1.1 and 3.1 broker that runs under Deno, which comes with it",
    keywords: ["mqtt", "mqtt5", "broker", "server", "iot", "deno"],
    license,
    type: "module",
    bin: { "midge": "bin/midge.cjs", "midge-broker": "bin/midge.cjs" },
    exports: Object.fromEntries(doorsOf(exports)),
    files: ["bin/", "lib/", "plugins/", "*.js", "*.json", "config.yaml"],
    engines: { node: ">=20" },
    os: ["linux", "darwin", "win32"],
    cpu: ["x64", "arm64"],
    dependencies: Object.fromEntries(dependencies.sort()),
    optionalDependencies: Object.fromEntries(DENO_PACKAGES.map((name) => [name, DENO_VERSION])),
  };
}

/** The deno.json of the package: a plugin of people's imports Midge's doors by their usual names. */
export function denoJson({ version, license, exports }: ProjectManifest): Record<string, unknown> {
  return {
    name: "@midge/midge",
    version,
    license,
    exports: Object.fromEntries(doorsOf(exports)),
    nodeModulesDir: "manual",
    lock: false,
  };
}

/**
 * The flags of `deno task midge`, between `deno run` and `main.ts`; the lock file is the clone's alone.
 * @throws Error where the task is of another shape
 */
export function flagsOf({ tasks }: ProjectManifest): readonly string[] {
  const task = tasks.midge;
  const command = typeof task === "string" ? task : task?.command ?? "";
  const [, flags] = /^deno run ((?:--\S+ )+)main\.ts$/.exec(command) ?? [];
  if (flags === undefined) throw new Error(`the task midge is ${JSON.stringify(command)}`);
  return flags.trim().split(" ").filter((flag) => !flag.startsWith("--lock"));
}

function doorsOf(exports: ProjectManifest["exports"]): [door: string, file: string][] {
  return DOORS.flatMap((door) => {
    const file = exports[door];
    return file === undefined ? [] : [[door, file.replace(/\.ts$/, ".js")]];
  });
}
