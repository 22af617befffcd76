/**
 * From what people write to what the broker uses: the whole configuration checked, every default
 * filled in. Invariant: synchronous, no file or socket is touched, and a UserError has all problems at once.
 */
import { ACCESS_KEYS, CACHE_KEYS, TOPIC_KEYS } from "./access_keys.ts";
import { translateEntryPoints } from "./amqtt.ts";
import { BROKER_KEYS, type BrokerKeys, DEFAULT_DATA_DIR } from "./broker_keys.ts";
import { edgeProfile, edgeSettings, NO_PROFILE, type Profile } from "./edge.ts";
import { FLAPPING_KEYS } from "./flapping.ts";
import { LIMIT_KEYS } from "./limit_keys.ts";
import { readListeners } from "./listeners.ts";
import { readLog } from "./log.ts";
import { readManagement } from "./management.ts";
import { resolve } from "./paths.ts";
import { DEFAULT_PLUGINS } from "./plugin_keys.ts";
import { readPlugins } from "./plugins.ts";
import { Problems } from "./problems.ts";
import { readStorage } from "./storage.ts";
import { defaultsOf, readGiven, readSection, type Values, valuesOf } from "./table.ts";
import type { AccessConfig, BrokerConfig } from "./types.ts";

/** What a service manager has made for the broker; absolute. */
export interface DefaultFolders {
  /** In place of `data`. */
  readonly state: string | undefined;
  /** For the management socket. */
  readonly runtime: string | undefined;
}

/** Where a configuration comes from. */
export interface ConfigSource {
  /** Opens every error line; undefined for an object. */
  file?: string | undefined;
  /** Absolute; relative paths in the configuration start here. */
  directory: string;
  /** Absolute; wins over `data_dir`. */
  dataDir?: string | undefined;
  /** What holds where neither of the two is there. */
  folders?: DefaultFolders | undefined;
}

/** Where the broker writes, and where its management socket is by default; a folder that a flag names has both. */
function foldersOf(top: TopLevel, { directory, dataDir, folders }: ConfigSource) {
  const given = top.dataDir === undefined ? undefined : resolve(directory, top.dataDir);
  const written = dataDir ?? given ?? folders?.state ?? resolve(directory, DEFAULT_DATA_DIR);
  const runtime = dataDir === undefined ? folders?.runtime : undefined;
  return { dataDir: written, socketFolder: runtime ?? written };
}

type TopLevel = Values<BrokerKeys>;

function accessOf(top: TopLevel, profile: Profile, problems: Problems): AccessConfig {
  const { enable, ...cache } = readSection(
    CACHE_KEYS,
    top.aclCache,
    ["acl_cache"],
    problems,
    profile.cache,
  );
  return {
    ...valuesOf(ACCESS_KEYS, top, "acl_"),
    ...valuesOf(TOPIC_KEYS, top),
    cache: enable ? cache : { ...cache, maxSize: 0 },
  };
}

function pluginsOf(top: TopLevel, source: ConfigSource, problems: Problems) {
  const { plugins, auth, topicCheck: topic_check, sysInterval: sys_interval } = top;
  const chosen = translateEntryPoints(
    { plugins, auth, topic_check, sys_interval },
    DEFAULT_PLUGINS,
    problems,
  );
  return readPlugins(chosen === undefined ? DEFAULT_PLUGINS : chosen, source, problems);
}

/**
 * Checks a raw configuration (the value of a YAML file, or BrokerOptions) and fills in the defaults.
 * @throws UserError with one line for every problem: file, key path, value, what was expected
 */
export function normalizeConfig(raw: unknown, source: ConfigSource): BrokerConfig {
  const problems = new Problems(source.file);
  const given = readGiven(BROKER_KEYS, raw, [], problems);
  const profile = given.edge === true ? edgeProfile() : NO_PROFILE;
  const top = { ...defaultsOf(BROKER_KEYS), ...profile.top, ...given };
  const { file, directory } = source;
  const { dataDir, socketFolder } = foldersOf(top, source);
  const listeners = readListeners(top.listeners, { directory, dataDir }, problems);
  const plugins = pluginsOf(top, source, problems);
  const config: BrokerConfig = {
    file,
    directory,
    dataDir,
    listeners,
    plugins,
    limits: valuesOf(LIMIT_KEYS, top),
    flapping: readSection(FLAPPING_KEYS, top.flappingDetect, ["flapping_detect"], problems),
    access: accessOf(top, profile, problems),
    management: readManagement(
      top.management,
      { directory, dataDir, socketFolder, isDefaultOn: file !== undefined },
      problems,
    ),
    storage: readStorage(
      top.storage,
      { directory, dataDir, plugins, profile: profile.storage },
      problems,
    ),
    log: readLog(top.log, problems),
    warnings: problems.warnings,
  };
  problems.throwIfAny();
  if (top.edge) {
    const { limits, access: { cache }, storage } = config;
    config.edge = edgeSettings({ top: { ...limits }, cache, storage: storage && { ...storage } });
  }
  return config;
}
