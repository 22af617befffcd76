/**
 * EMQ X 3's and 4's configuration, emqx.conf with the files of its auth plugins and acl.conf, as Midge's.
 * Invariant: the result asks at least as much of clients as EMQ X did.
 */
import { parseAclConf } from "../../access/rules/acl_conf.ts";
import { Draft, type SourceFile } from "./draft.ts";
import { noteRest, setEmqxGeneral, zoneFirst } from "./emqx_general.ts";
import { setEmqxListeners } from "./emqx_listeners.ts";
import { readOrder, setSources } from "./emqx_plugins.ts";
import { durationText, readSeconds, Settings } from "./emqx_settings.ts";
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
}

/** Makes the configuration. @throws UserError for what cannot be read or understood */
export async function importEmqx(files: EmqxFiles, library: Library): Promise<Draft> {
  const draft = new Draft();
  const retainer = files.plugins.flatMap(assignments).filter(({ key }) => /^retainer\./.test(key));
  const settings = new Settings([...files.confs.flatMap(assignments), ...retainer]);
  const zone = setEmqxListeners(settings, draft);
  draft.set(["plugins", "event_logger"], null);
  const anonymous = zoneFirst(settings, zone, "allow_anonymous");
  const hasAcl = isAclOn(settings, zone, files, draft);
  const sources = await setAllSources(settings, files, library, draft, hasAcl);
  setAnonymous(anonymous, sources, draft);
  await setAclFile(settings.take("acl_file"), hasAcl, files, library, draft);
  setStatistics(settings.take("broker.sys_interval"), draft);
  setEmqxGeneral(settings, zone, hasAcl, draft);
  setRetainer(settings, draft);
  noteRest(settings, zone, draft);
  return draft;
}

/** A zone without `enable_acl` checks nothing. Where there is no emqx.conf, the shipped one has it on. */
function isAclOn(settings: Settings, zone: string, files: EmqxFiles, draft: Draft): boolean {
  const statement = settings.take(`zone.${zone}.enable_acl`);
  if (files.confs.length === 0 || (statement !== undefined && readFlag(statement))) return true;
  const what = `no rights are checked, for the zone ${zone} does not switch them on`;
  draft.differ(`zone.${zone}.enable_acl`, statement?.place, what);
  return false;
}

async function setAllSources(
  settings: Settings,
  files: EmqxFiles,
  library: Library,
  draft: Draft,
  hasAcl: boolean,
): Promise<{ hasSource: boolean; hasGap: boolean }> {
  const [conf] = files.confs;
  const named = settings.take("plugins.loaded_file");
  for (const key of settings.keys("plugins.")) settings.take(key);
  const found = named !== undefined && conf !== undefined
    ? await library.find(named.value, conf)
    : undefined;
  const aclOrder = settings.take("acl_order");
  const order = settings.take("auth_order");
  if (aclOrder !== undefined && aclOrder.value !== (order?.value ?? "none")) {
    draft.skip(
      aclOrder.key,
      aclOrder.place,
      "sources are asked for rights in the order of plugins",
    );
  }
  const pluginFiles = {
    conf,
    plugins: files.plugins,
    loaded: files.loaded ?? found,
    order: readOrder(order),
  };
  const outcome = await setSources(pluginFiles, library, draft, hasAcl);
  if (outcome.hasSource && files.loaded === undefined && found === undefined) {
    const what = "taken in the order of the command line; name data/loaded_plugins to have EMQ X's";
    draft.differ("the order of plugins", undefined, what);
  }
  return outcome;
}

function setAnonymous(
  statement: Statement | undefined,
  { hasSource, hasGap }: { hasSource: boolean; hasGap: boolean },
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
  if (!hasSource) return;
  const what = "a user whom no source knows, or with a wrong password, is refused (EMQ X: let in)";
  draft.differ("allow_anonymous", statement?.place, what);
}

/** Midge reads acl.conf as it is; here only whether it can. */
async function setAclFile(
  statement: Statement | undefined,
  hasAcl: boolean,
  files: EmqxFiles,
  library: Library,
  draft: Draft,
): Promise<void> {
  if (!hasAcl) return;
  const file = files.acl ??
    (statement === undefined ? undefined : await findOrFail(library, statement, files.confs));
  if (file === undefined) return;
  parseAclConf(file.text, file.name);
  const place = statement?.place ?? { file: file.name, line: 0 };
  draft.set(["plugins", "acl_file", "file"], file.path, place);
  const what = "subscriptions with wildcards are compared strictly; acl_wildcards: emqx compares " +
    "them as EMQ X does";
  draft.differ("acl_file", place, what);
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
