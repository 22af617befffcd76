/**
 * mosquitto 2's configuration, with its password_file and acl_file, as Midge's. Invariant: the result lets no one in
 * and gives no one a right that mosquitto would not; what mosquitto took without a limit is written out where
 * Midge's default has one.
 */
import { UserError } from "../../user_error.ts";
import { Draft, showPlace, type SourceFile } from "./draft.ts";
import type { Library } from "./library.ts";
import { alikeListeners, type MosquittoFiles, setAccess } from "./mosquitto_access.ts";
import { type MosquittoConf, takeApart } from "./mosquitto_conf.ts";
import { setGeneral } from "./mosquitto_general.ts";
import { carriedListeners, setListeners } from "./mosquitto_listeners.ts";
import { readFlag, spacedStatements, type Statement } from "./statements.ts";

/** Makes the configuration. @throws UserError for what cannot be read or understood */
export async function importMosquitto(files: MosquittoFiles, library: Library): Promise<Draft> {
  const draft = new Draft();
  const statements = await allStatements(files.confs, library, draft);
  const conf = takeApart(statements);
  const listeners = alikeListeners(carriedListeners(conf, draft), conf, draft);
  setListeners(listeners, conf, draft);
  setLoggers(conf, draft);
  await setAccess(listeners, conf, files, library, draft);
  setStatistics(conf, draft);
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
