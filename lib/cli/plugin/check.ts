/**
 * `midge plugin check`: a plugin loaded as a start would load it. Invariants: it is disposed of; each problem is one line with
 * what to do; what only an executable would refuse is said and is no problem.
 */
import { Broker } from "../../broker/life/broker.ts";
import { loadConfig } from "../../config/load.ts";
import { normalizeConfig } from "../../config/normalize.ts";
import { dirname, resolve, toFileUrl } from "../../config/paths.ts";
import type { BrokerConfig, PluginConfig } from "../../config/types.ts";
import { setUpLogging } from "../../log/setup.ts";
import { definePlugin } from "../../plugin/define.ts";
import type { PluginContext } from "../../plugin/context.ts";
import { UserError } from "../../user_error.ts";
import { readOptions } from "../options.ts";
import { printLine } from "../terminal.ts";
import { adviceFor } from "./advice.ts";
import { needsOf } from "./needs.ts";
import { CHECK_OPTIONS } from "./options.ts";

/** What a plugin turned out to be. */
interface Loaded {
  readonly name: string;
  readonly hooks: readonly string[];
}

/** Runs `check FILE`. */
export async function checkCommand(args: readonly string[]): Promise<number> {
  const given = readOptions(args, CHECK_OPTIONS, ["FILE"]);
  const [file = ""] = given.operands;
  const path = resolve(file);
  const { isFile } = await Deno.stat(path).catch((cause) => {
    throw new UserError(`${file}: no such file; midge plugin new NAME writes one`, { cause });
  });
  if (!isFile) throw new UserError(`${file}: is no file; expected the module of a plugin`);
  const configFile = given.last("config");
  const found = configFile === undefined ? undefined : await entryOf(path, configFile);
  setUpLogging({ level: "warning", format: "text", loggers: {} });
  const loaded = await load(path, found, file);
  await report(file, path, loaded, found !== undefined);
  return 0;
}

/** What the configuration says of the plugin. */
async function entryOf(path: string, file: string): Promise<PluginConfig> {
  const { plugins } = await loadConfig(file);
  const url = toFileUrl(path).href;
  const found = plugins.find(({ module }) => module === url);
  if (found !== undefined) return found;
  throw new UserError(`${file}: does not have this plugin; write its path below plugins: ${path}:`);
}

/** Loads it in a broker without listeners, and disposes of it. @throws UserError with all problems */
async function load(path: string, found: PluginConfig | undefined, file: string): Promise<Loaded> {
  let context: PluginContext | undefined;
  const witness = definePlugin({
    name: "witness",
    apiVersion: 1,
    setup: (_, given) => {
      context = given;
      return {};
    },
  });
  const config = configWith(path, found);
  const spy = {
    key: "witness",
    name: "witness",
    module: "object:witness",
    options: {},
    packaged: false,
  };
  config.plugins.push({ ...spy, plugin: witness });
  let broker: Broker | undefined;
  try {
    broker = await Broker.prepare(config);
    const caller = { name: "midge plugin check", isAdmin: true, user: undefined };
    const parts = await context?.manage?.("plugins", {}, caller);
    return [...parts as Iterable<readonly Loaded[]>].flat()[0]!;
  } catch (cause) {
    if (!(cause instanceof UserError)) throw cause;
    throw new UserError(
      cause.problems.map((line) => problemLine(line, config.plugins[0]!.key, file)),
      {
        cause,
      },
    );
  } finally {
    await broker?.stop();
  }
}

function configWith(path: string, found: PluginConfig | undefined): BrokerConfig {
  const options = found?.options ?? {};
  const raw = { plugins: { [path]: options }, management: null, storage: null };
  return normalizeConfig(raw, { directory: dirname(path) });
}

function problemLine(line: string, key: string, file: string): string {
  const plain = line.replace(`plugins.${key}`, file);
  return `${plain}${adviceFor(plain)}`;
}

async function report(
  file: string,
  path: string,
  loaded: Loaded,
  hasConfig: boolean,
): Promise<void> {
  const { files, packages, obstacles } = await needsOf(toFileUrl(path).href);
  printLine(
    `${file}: fine${hasConfig ? "" : ", without options; -c FILE checks those of a configuration"}`,
  );
  const hooks = loaded.hooks.filter((name) => name !== "dispose");
  row("hooks", hooks.join(", ") || "none: it does nothing");
  if (files.length > 1) row("files", files.slice(1).join(", "));
  row("imports", packages.join(", ") || "nothing");
  row("executable", obstacles.length === 0 ? "works" : "does not work");
  for (const line of obstacles) printLine(`    ${line}`);
}

function row(name: string, text: string): void {
  printLine(`  ${name.padEnd(12)}${text}`);
}
