/**
 * mosquitto 2's configuration, with its password_file and acl_file, as Midge's. Invariant: the result lets
 * no one in and gives no right that mosquitto would not; what mosquitto took without a limit is written out
 * where Midge's default has one.
 */
import { UserError } from "../../user_error.ts";
import { Draft, type Place, showPlace, type SourceFile } from "./draft.ts";
import { findOrFail, type Library } from "./library.ts";
import { aclRules } from "./mosquitto_acl.ts";
import { type ListenerPart, type MosquittoConf, takeApart } from "./mosquitto_conf.ts";
import { setGeneral } from "./mosquitto_general.ts";
import { carriedListeners, setListeners } from "./mosquitto_listeners.ts";
import { unusableLines } from "./password_file.ts";
import { readFlag, spacedStatements, type Statement } from "./statements.ts";

/** mosquitto's files among those on the command line. */
export interface MosquittoFiles {
  /** Read one after the other, as one. */
  readonly confs: readonly SourceFile[];
  /** The only one on the command line; it stands for the one that mosquitto.conf names. */
  readonly acl: SourceFile | undefined;
  readonly passwords: SourceFile | undefined;
}

/** What decides who may do what: of the broker, or of one listener. */
interface Security {
  readonly allowAnonymous: boolean;
  readonly passwordFile: Statement | undefined;
  readonly aclFile: Statement | undefined;
  readonly plugin: Statement | undefined;
}

/** Makes the configuration. @throws UserError for what cannot be read or understood */
export async function importMosquitto(files: MosquittoFiles, library: Library): Promise<Draft> {
  const draft = new Draft();
  const statements = await allStatements(files.confs, library, draft);
  const conf = takeApart(statements);
  const listeners = alikeListeners(carriedListeners(conf, draft), conf, draft);
  setListeners(listeners, conf, draft);
  await setPlugins(listeners, conf, files, library, draft);
  setGeneral(conf, draft);
  return draft;
}

/** The statements of all files, with those of `include_dir` in its place. */
async function allStatements(
  confs: readonly SourceFile[],
  library: Library,
  draft: Draft,
): Promise<Statement[]> {
  const statements: Statement[] = [];
  for (const file of confs) {
    for (const statement of spacedStatements(file)) {
      if (statement.key !== "include_dir") {
        statements.push(statement);
        continue;
      }
      for (const included of await includedFiles(statement, file, confs, library, draft)) {
        statements.push(...spacedStatements(included));
      }
    }
  }
  return statements;
}

/** Where a folder is not here, what decides about access may be in it: its files have to be named. */
async function includedFiles(
  { key, value, place }: Statement,
  from: SourceFile,
  confs: readonly SourceFile[],
  library: Library,
  draft: Draft,
): Promise<readonly SourceFile[]> {
  const files = await library.folder(value, from);
  if (files !== undefined) return files;
  const missing = `there is no folder ${JSON.stringify(value)} here`;
  if (confs.length > 1) {
    draft.skip(key, place, `${missing}; the other files on the command line stand for it`);
    return [];
  }
  throw new UserError([
    `${
      showPlace(place)
    }: ${key}: ${missing}; name its files on the command line too, or take the line out`,
  ]);
}

/** With settings for each listener, Midge's one set can serve only those that agree with the first. */
function alikeListeners(
  listeners: readonly ListenerPart[],
  conf: MosquittoConf,
  draft: Draft,
): readonly ListenerPart[] {
  const [first] = listeners;
  if (!conf.perListener || first === undefined) return listeners;
  const wanted = fingerprint(securityOf(first.settings, [], conf));
  return listeners.filter((listener) => {
    if (fingerprint(securityOf(listener.settings, [], conf)) === wanted) return true;
    const why = `per_listener_settings give it other access rules than port ${first.port}; ` +
      "left out: a second Midge can serve it";
    draft.skip(`listener ${listener.port}`, listener.place, why);
    return false;
  });
}

function fingerprint({ allowAnonymous, passwordFile, aclFile, plugin }: Security): string {
  return JSON.stringify([allowAnonymous, passwordFile?.value, aclFile?.value, plugin?.value]);
}

function securityOf(
  settings: ReadonlyMap<string, Statement>,
  repeated: readonly Statement[],
  conf: MosquittoConf,
): Security {
  const anonymous = settings.get("allow_anonymous");
  const isPlugin = ({ key }: Statement) => key === "plugin" || key === "auth_plugin";
  return {
    allowAnonymous: anonymous === undefined ? conf.localOnly : readFlag(anonymous),
    passwordFile: settings.get("password_file"),
    aclFile: settings.get("acl_file"),
    plugin: [...repeated, ...settings.values()].find(isPlugin),
  };
}

async function setPlugins(
  listeners: readonly ListenerPart[],
  conf: MosquittoConf,
  files: MosquittoFiles,
  library: Library,
  draft: Draft,
): Promise<void> {
  const settings = conf.perListener ? listeners[0]?.settings ?? new Map() : conf.general;
  const security = securityOf(settings, conf.repeated, conf);
  setLoggers(conf, draft);
  const resolve = async (statement: Statement | undefined, given: SourceFile | undefined) =>
    statement === undefined || given !== undefined
      ? given
      : await findOrFail(library, statement, files.confs);
  const passwords = await resolve(security.passwordFile, files.passwords);
  if (passwords !== undefined) setPasswords(passwords, security.passwordFile?.place, draft);
  setAnonymous(security, settings.get("allow_anonymous")?.place, draft);
  const acl = await resolve(security.aclFile, files.acl);
  if (acl !== undefined) {
    const clientIdIsUsername = listeners.length > 0 && listeners.every(usesNameAsId);
    const rules = aclRules(acl, draft, {
      allowAnonymous: security.allowAnonymous,
      clientIdIsUsername,
    });
    draft.set(["plugins", "acl_file", "rules"], rules, { file: acl.name, line: 0 });
  }
  setStatistics(conf, draft);
  if (security.plugin !== undefined && acl === undefined) {
    draft.set(["acl_nomatch"], "deny", "a plugin that stays behind may have had rules");
  }
}

/** Beside a plugin that stays behind, whose rules are gone, no one comes in without a password. */
function setAnonymous(
  { allowAnonymous, plugin }: Security,
  place: Place | undefined,
  draft: Draft,
): void {
  if (plugin !== undefined) {
    const what =
      "mosquitto's plugins do not run here; whom it let in is refused, and its rules are gone";
    draft.skip(plugin.key, plugin.place, what);
  }
  if (!allowAnonymous) return;
  if (plugin === undefined) {
    draft.set(["plugins", "auth_anonymous", "allow_anonymous"], true, place);
  } else {
    const what = "left out, because the plugin that stays behind decided what such clients may do";
    draft.skip("allow_anonymous", place, what);
  }
}

function usesNameAsId({ settings }: ListenerPart): boolean {
  const statement = settings.get("use_username_as_clientid");
  return statement !== undefined && readFlag(statement);
}

function setPasswords(file: SourceFile, place: Place | undefined, draft: Draft): void {
  draft.set(
    ["plugins", "auth_file", "password_file"],
    file.path,
    place ?? { file: file.name, line: 0 },
  );
  const { usable, problems } = unusableLines(file);
  if (usable === 0 && problems.length > 0) {
    const { line, user, why } = problems[0]!;
    const at = showPlace({ file: file.name, line });
    throw new UserError(`${at}: no line can be used; the first one, of ${user}: ${why}`);
  }
  for (const { line, user, why } of problems) {
    draft.skip(
      `user ${user}`,
      { file: file.name, line },
      `${why}; midge passwd sets a new password`,
    );
  }
}

/** mosquitto logs who comes and goes, and every packet when it debugs. */
function setLoggers({ general, repeated }: MosquittoConf, draft: Draft): void {
  const messages = general.get("connection_messages");
  if (messages === undefined || readFlag(messages)) {
    draft.set(["plugins", "event_logger"], null, messages?.place);
  }
  const debug = repeated.find(({ key, value }) =>
    key === "log_type" && /^(debug|all)$/.test(value)
  );
  if (debug !== undefined) draft.set(["plugins", "packet_logger"], null, debug.place);
}

function setStatistics({ general }: MosquittoConf, draft: Draft): void {
  const interval = general.get("sys_interval");
  const seconds = interval === undefined ? 10 : Number(interval.value);
  if (seconds === 0) return;
  const origin = interval?.place ?? "mosquitto's default";
  draft.set(["plugins", "broker_sys", "sys_interval"], seconds, origin);
}
