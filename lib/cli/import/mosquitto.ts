/**
 * mosquitto 2's configuration, with its password_file and acl_file, as Midge's. Invariant: the result lets no one in
 * and gives no one a right that mosquitto would not; what mosquitto took without a limit is written out where
 * Midge's default has one.
 */
import { shutDoor } from "./closed_door.ts";
import { Draft } from "./draft.ts";
import type { Library } from "./library.ts";
import { alikeListeners, type MosquittoFiles, setAccess } from "./mosquitto_access.ts";
import { type MosquittoConf, takeApart } from "./mosquitto_conf.ts";
import { isMosquittoKey, setGeneral } from "./mosquitto_general.ts";
import { readConfs } from "./mosquitto_include.ts";
import { carriedListeners, setListeners } from "./mosquitto_listeners.ts";
import { flagOf, numberOf, wordOf } from "./mosquitto_values.ts";

/** Makes the configuration. @throws UserError for what cannot be read or understood */
export async function importMosquitto(files: MosquittoFiles, library: Library): Promise<Draft> {
  const draft = new Draft();
  const conf = takeApart(await readConfs(files.confs, library, draft), isMosquittoKey);
  const carried = carriedListeners(conf, draft);
  const listeners = alikeListeners(carried.listeners, conf, draft);
  await setListeners(listeners, conf, { library, confs: files.confs, draft });
  setLoggers(conf, draft);
  await setAccess(listeners, conf, files, library, draft);
  if (carried.isShut) shutDoor(draft);
  setStatistics(conf, draft);
  setGeneral(conf, draft);
  return draft;
}

/** mosquitto logs who comes and goes, and every packet when it debugs. */
function setLoggers({ general, repeated }: MosquittoConf, draft: Draft): void {
  const messages = general.get("connection_messages");
  if (messages === undefined || flagOf(messages)) {
    draft.set(["plugins", "event_logger"], null, messages?.place);
  }
  const debug = repeated.find((one) => one.key === "log_type" && /^(debug|all)$/.test(wordOf(one)));
  if (debug !== undefined) draft.set(["plugins", "packet_logger"], null, debug.place);
}

function setStatistics({ general }: MosquittoConf, draft: Draft): void {
  const interval = general.get("sys_interval");
  const seconds = interval === undefined ? 10 : numberOf(interval, 0, 65_535);
  if (seconds === 0) return;
  const origin = interval?.place ?? "mosquitto's default";
  draft.set(["plugins", "broker_sys", "sys_interval"], seconds, origin);
}
