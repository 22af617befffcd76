/**
 * EMQ X 3's and 4's configuration, emqx.conf with the files of its auth plugins and acl.conf, as Midge's.
 * Invariant: the result asks at least as much of clients as EMQ X did.
 */
import { parseAclConf } from "../../access/rules/acl_conf.ts";
import { shutDoor } from "./closed_door.ts";
import { Draft, type SourceFile } from "./draft.ts";
import { noteRest, setEmqxGeneral } from "./emqx_general.ts";
import { setEmqxListeners } from "./emqx_listeners.ts";
import { setSources, type Sources } from "./emqx_plugins.ts";
import { hasAclModule, readOrder } from "./emqx_running.ts";
import { durationText, readSeconds, Settings } from "./emqx_settings.ts";
import { accessFirst, checksRights, type Zone } from "./emqx_zone.ts";
import { findOrFail, type Library } from "./library.ts";
import { assignments, badValue, readFlag, readNumber, type Statement } from "./statements.ts";

/** EMQ X's files among those on the command line. */
export interface EmqxFiles {
  /** Read one after the other, as one. */
  readonly confs: readonly SourceFile[];
  /** etc/plugins/*.conf. */
  readonly plugins: readonly SourceFile[];
  /** The only one on the command line; it stands for the one that emqx.conf names. */
  readonly acl: SourceFile | undefined;
  readonly loaded: SourceFile | undefined;
  /** data/loaded_modules. */
  readonly modules: SourceFile | undefined;
}

/** Makes the configuration. @throws UserError for what cannot be read or understood */
export async function importEmqx(files: EmqxFiles, library: Library): Promise<Draft> {
  const draft = new Draft();
  const retainer = files.plugins.flatMap(assignments).filter(({ key }) => /^retainer\./.test(key));
  const settings = new Settings([...await readConfs(files.confs, library), ...retainer]);
  const around = { library, confs: files.confs, draft };
  const { zone, isShut } = await setEmqxListeners(settings, around);
  draft.set(["plugins", "event_logger"], null);
  const anonymous = accessFirst(settings, zone, "allow_anonymous");
  const hasAcl = isAclOn(settings, zone, files, draft);
  const sources = await setAllSources(settings, files, library, draft, hasAcl);
  setAnonymous(anonymous, sources, draft);
  if (isShut) shutDoor(draft);
  await setAclFile(settings, hasAcl, files, library, draft);
  setStatistics(settings.take("broker.sys_interval"), draft);
  setEmqxGeneral(settings, zone, hasAcl, draft);
  setRetainer(settings, draft);
  noteRest(settings, zone, draft);
  return draft;
}

/** The statements of all files, of which the last counts: what a file says outranks what it includes. */
async function readConfs(
  confs: readonly SourceFile[],
  library: Library,
): Promise<Statement[]> {
  const all = await Promise.all(confs.map(async (file) => {
    const statements = assignments(file);
    const includes = statements.filter(({ key }) => key === "include");
    const included = await Promise.all(includes.map((one) => findOrFail(library, one, confs)));
    return { file, statements: statements.filter(({ key }) => key !== "include"), included };
  }));
  const brought = new Set(all.flatMap(({ included }) => included.map(({ path }) => path)));
  return all.filter(({ file }) => !brought.has(file.path)).flatMap(({ statements, included }) => [
    ...included.flatMap(assignments),
    ...statements,
  ]);
}

/** Where there is no emqx.conf, the shipped one has rights on. */
function isAclOn(settings: Settings, zone: Zone, files: EmqxFiles, draft: Draft): boolean {
  const isOn = files.confs.length === 0 || checksRights(settings, zone);
  const statement = settings.take(`zone.${zone.name}.enable_acl`);
  if (!isOn) {
    const what = `no rights are checked, for the zone ${zone.name} does not switch them on`;
    draft.differ(`zone.${zone.name}.enable_acl`, statement?.place, what);
  } else if (statement !== undefined && !readFlag(statement)) {
    const what = `rights are checked, for no listener names the zone ${zone.name}`;
    draft.differ(statement.key, statement.place, what);
  }
  return isOn;
}

async function setAllSources(
  settings: Settings,
  files: EmqxFiles,
  library: Library,
  draft: Draft,
  hasAcl: boolean,
): Promise<Sources> {
  const [conf] = files.confs;
  const named = settings.take("plugins.loaded_file");
  for (const key of settings.keys("plugins.")) settings.take(key);
  const found = named !== undefined && conf !== undefined
    ? await library.find(named.value, conf)
    : undefined;
  const order = takeOrder(settings, draft);
  const pluginFiles = {
    conf,
    plugins: files.plugins,
    loaded: files.loaded ?? found,
    order: readOrder(order),
  };
  const outcome = await setSources(pluginFiles, library, draft, hasAcl);
  if (named !== undefined && (files.loaded ?? found) === undefined && files.plugins.length === 0) {
    const what =
      "it is not here, so what ran and decided who comes in is not known; name it on the " +
      "command line, with the files of its plugins";
    draft.skip(named.key, named.place, what);
    return { ...outcome, hasGap: true };
  }
  if (outcome.hasSource && files.loaded === undefined && found === undefined) {
    const what = "taken in the order of the command line; name data/loaded_plugins to have EMQ X's";
    draft.differ("the order of plugins", undefined, what);
  }
  return outcome;
}

/** auth_order; rights have an order of their own in EMQ X. */
function takeOrder(settings: Settings, draft: Draft): Statement | undefined {
  const aclOrder = settings.take("acl_order");
  const order = settings.take("auth_order");
  if (aclOrder !== undefined && aclOrder.value !== (order?.value ?? "none")) {
    const what = "sources are asked for rights in the order of plugins";
    draft.skip(aclOrder.key, aclOrder.place, what);
  }
  return order;
}

function setAnonymous(
  statement: Statement | undefined,
  { hasLogins, hasGap }: Sources,
  draft: Draft,
): void {
  const value = statement?.value ?? "false";
  if (!["true", "false", "false_quick_deny"].includes(value)) {
    throw badValue(statement!, "true, false or false_quick_deny");
  }
  if (value !== "true") return;
  if (hasGap) {
    const why = "left out, because a plugin that stays behind decided who comes in";
    return draft.skip("allow_anonymous", statement?.place, why);
  }
  draft.set(["plugins", "auth_anonymous", "allow_anonymous"], true, statement?.place);
  if (!hasLogins) return;
  const what = "a user whom no source knows is refused (EMQ X: let in)";
  draft.differ("allow_anonymous", statement?.place, what);
}

/** Midge reads acl.conf as it is; here only whether it can. */
async function setAclFile(
  settings: Settings,
  hasAcl: boolean,
  files: EmqxFiles,
  library: Library,
  draft: Draft,
): Promise<void> {
  const statement = settings.take("acl_file");
  const modules = await modulesOf(settings.take("modules.loaded_file"), files, library, draft);
  if (!hasAcl) return;
  const isNamed = statement !== undefined || files.confs.length === 0;
  const file = files.acl ?? (statement && await findOrFail(library, statement, files.confs));
  if (file === undefined) return;
  const why = modules !== undefined && !hasAclModule(modules)
    ? `emqx_mod_acl_internal, which reads it, is not in ${modules.name}`
    : "no acl_file in emqx.conf names it";
  if (!isNamed || (modules !== undefined && !hasAclModule(modules))) {
    return draft.skip(file.name, statement?.place ?? { file: file.name, line: 0 }, why);
  }
  parseAclConf(file.text, file.name);
  const place = statement?.place ?? { file: file.name, line: 0 };
  draft.set(["plugins", "acl_file", "file"], file.path, place);
  const what = "subscriptions with wildcards are compared strictly; acl_wildcards: emqx compares " +
    "them as EMQ X does";
  draft.differ("acl_file", place, what);
}

async function modulesOf(
  named: Statement | undefined,
  { modules, confs: [conf] }: EmqxFiles,
  library: Library,
  draft: Draft,
): Promise<SourceFile | undefined> {
  if (modules !== undefined || named === undefined || conf === undefined) return modules;
  const found = await library.find(named.value, conf);
  if (found === undefined) {
    const what =
      "it is not here; the module that reads acl_file is taken to be on, as it is by default";
    draft.differ(named.key, named.place, what);
  }
  return found;
}

function setStatistics(statement: Statement | undefined, draft: Draft): void {
  if (statement?.value === "disabled") return;
  const seconds = statement === undefined ? 60 : readSeconds(statement);
  if (seconds === 0) return;
  const origin = statement?.place ?? "EMQ X's default";
  draft.set(["plugins", "broker_sys", "sys_interval"], durationText(seconds), origin);
}

function setRetainer(settings: Settings, draft: Draft): void {
  const most = settings.take("retainer.max_retained_messages");
  if (most !== undefined) draft.set(["max_retained"], readNumber(most), most.place);
  for (const { key, value, place } of settings.takeAll("retainer.")) {
    const isUsual = key === "retainer.max_retained_messages" || key === "retainer.storage_type" ||
      value === "0";
    if (!isUsual) {
      draft.skip(key, place, "retained messages have no limits of their own in size or time");
    }
  }
}
