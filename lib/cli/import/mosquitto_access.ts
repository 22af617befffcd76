/**
 * Who comes in and who may do what by mosquitto's configuration: passwords, rules, clients without a name. Invariant:
 * beside a plugin that stays behind, which mosquitto asks first and whose rules are gone, no one comes in.
 */
import { UserError } from "../../user_error.ts";
import { type Draft, type Place, showPlace, type SourceFile } from "./draft.ts";
import { findOrFail, type Library } from "./library.ts";
import { aclRules } from "./mosquitto_acl.ts";
import type { ListenerPart, MosquittoConf } from "./mosquitto_conf.ts";
import { loadsPlugin } from "./mosquitto_keys.ts";
import { hasTls, namingKey } from "./mosquitto_transport.ts";
import { unusableLines } from "./password_file.ts";
import { flagOf } from "./mosquitto_values.ts";
import type { Statement } from "./statements.ts";

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
  readonly plugins: readonly Statement[];
}

/** With settings for each listener, Midge's one set can serve only those that agree with the first. */
export function alikeListeners(
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

function fingerprint({ allowAnonymous, passwordFile, aclFile, plugins }: Security): string {
  const paths = plugins.map(({ value }) => value);
  return JSON.stringify([allowAnonymous, passwordFile?.value, aclFile?.value, paths]);
}

function securityOf(
  settings: ReadonlyMap<string, Statement>,
  repeated: readonly Statement[],
  conf: MosquittoConf,
): Security {
  const anonymous = settings.get("allow_anonymous");
  const isPlugin = ({ key }: Statement) => loadsPlugin(key);
  return {
    allowAnonymous: anonymous === undefined ? conf.localOnly : flagOf(anonymous),
    passwordFile: settings.get("password_file"),
    aclFile: settings.get("acl_file"),
    plugins: [...repeated, ...settings.values()].filter(isPlugin),
  };
}

/** Who comes in and who may do what, as plugins and keys of Midge's. */
export async function setAccess(
  listeners: readonly ListenerPart[],
  conf: MosquittoConf,
  files: MosquittoFiles,
  library: Library,
  draft: Draft,
): Promise<void> {
  const settings = conf.perListener ? listeners[0]?.settings ?? new Map() : conf.general;
  const security = securityOf(settings, conf.repeated, conf);
  const resolve = async (statement: Statement | undefined, given: SourceFile | undefined) => {
    if (files.confs.length === 0) return given;
    if (statement !== undefined) {
      return given ?? await findOrFail(library, statement, files.confs);
    }
    if (given !== undefined) noteUnnamed(given, draft);
    return undefined;
  };
  setCertificates(listeners, security, draft);
  const passwords = await resolve(security.passwordFile, files.passwords);
  if (passwords !== undefined) setPasswords(passwords, security, draft);
  const anonymous = settings.get("allow_anonymous");
  setAnonymous(security, anonymous?.place, draft);
  if (conf.localOnly && anonymous !== undefined && !flagOf(anonymous)) {
    const what = "no one comes in without a password (mosquitto lets this machine in, for it has " +
      "no listener)";
    draft.differ(anonymous.key, anonymous.place, what);
  }
  const acl = await resolve(security.aclFile, files.acl);
  if (acl !== undefined) setRules(acl, security, draft);
  else if (security.plugins.length > 0) {
    draft.set(["acl_nomatch"], "deny", "a plugin that stays behind may have had rules");
  }
}

/** A client whose user name is its certificate's is asked for no password. */
function setCertificates(
  listeners: readonly ListenerPart[],
  { plugins }: Security,
  draft: Draft,
): void {
  const naming = listeners.flatMap(({ settings }) => {
    const name = hasTls(settings) ? namingKey(settings) : undefined;
    return name === undefined ? [] : [settings.get(name)!];
  })[0];
  if (naming === undefined) return;
  if (plugins.length === 0) return draft.set(["plugins", "auth_cert"], null, naming.place);
  const why =
    "names are taken from certificates, and passwords asked for, because of the plugin that stays " +
    "behind; put auth_cert back if it did not decide who comes in";
  draft.differ(naming.key, naming.place, why);
}

function noteUnnamed({ name }: SourceFile, draft: Draft): void {
  const why = "not used, for what is carried over of mosquitto.conf does not name it";
  draft.skip(name, { file: name, line: 0 }, why);
}

function setRules(
  acl: SourceFile,
  { allowAnonymous }: Security,
  draft: Draft,
): void {
  const rules = aclRules(acl, draft, { allowAnonymous, clientIdIsUsername: false });
  draft.set(["plugins", "acl_file", "rules"], rules, { file: acl.name, line: 0 });
}

function setAnonymous(
  { allowAnonymous, plugins }: Security,
  place: Place | undefined,
  draft: Draft,
): void {
  for (const { key, place: where } of plugins) {
    const what =
      "mosquitto's plugins do not run here; whom it let in is refused, and its rules are gone";
    draft.skip(key, where, what);
  }
  if (!allowAnonymous) return;
  if (plugins.length === 0) {
    draft.set(["plugins", "auth_anonymous", "allow_anonymous"], true, place);
  } else {
    const what = "left out, because the plugin that stays behind decided what such clients may do";
    draft.skip("allow_anonymous", place, what);
  }
}

function setPasswords(
  file: SourceFile,
  { passwordFile, plugins }: Security,
  draft: Draft,
): void {
  const place = passwordFile?.place;
  if (plugins.length > 0) {
    const why =
      "left out, because the plugin that stays behind may have refused whom it lets in; " +
      "put it back (auth_file) if it did not";
    return draft.skip("password_file", place, why);
  }
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
