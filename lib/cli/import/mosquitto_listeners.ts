/**
 * mosquitto's listeners as Midge's. Invariant: a listener never becomes more open: what restricts it and cannot be
 * carried over leaves it out, or leaves it on the machine's own address.
 */
import { type Obstacle, setOwnListener } from "./closed_door.ts";
import { type Draft, showPlace } from "./draft.ts";
import { type Address, addressesOf, keyOf, placeOf } from "./mosquitto_addresses.ts";
import type { ListenerPart, MosquittoConf } from "./mosquitto_conf.ts";
import { opensListener } from "./mosquitto_first.ts";
import { noteRest } from "./mosquitto_general.ts";
import { SECURITY_KEYS } from "./mosquitto_keys.ts";
import { obstacleOf } from "./mosquitto_obstacles.ts";
import { isWebSocket, setTransport, setType, type Surroundings } from "./mosquitto_transport.ts";
import { numberOf } from "./mosquitto_values.ts";
import { UserError } from "../../user_error.ts";

/** Keys of a listener that say nothing here. */
const WITHOUT_MEANING: Readonly<Record<string, string>> = {
  http_dir: "Midge serves no files",
  max_topic_alias: "of MQTT 5, which Midge does not speak",
  max_topic_alias_broker: "of MQTT 5, which Midge does not speak",
  proxy_protocol_v2_require_tls: "no one is kept out",
};

/** The listeners of a configuration that Midge can open. */
export interface Carried {
  readonly listeners: readonly ListenerPart[];
  /** None is left, and one of them kept people out by what is not carried over. */
  readonly isShut: boolean;
}

/** The listeners that Midge can open; the others are noted. @throws {UserError} where mosquitto could not start */
export function carriedListeners(conf: MosquittoConf, draft: Draft): Carried {
  refuseDouble(conf);
  const obstacles: Obstacle[] = [];
  const listeners = conf.listeners.filter((listener) => {
    const obstacle = obstacleOf(listener, conf);
    if (obstacle === undefined) return true;
    obstacles.push(obstacle);
    draft.skip(keyOf(listener), placeOf(listener), `${obstacle.why}; left out`);
    return false;
  });
  for (const { key, place } of conf.idle) {
    draft.skip(key, place, "above the first listener, where it has no effect in mosquitto");
  }
  return {
    listeners,
    isShut: listeners.length === 0 && obstacles.some(({ keepsOut }) => keepsOut),
  };
}

/** A setting above the first listener opens one of its own, on a port that another may have. */
function refuseDouble({ listeners: [first, ...others] }: MosquittoConf): void {
  if (first === undefined || first.place !== undefined || first.host !== undefined) return;
  const other = others.find(({ port }) => port === first.port);
  const setting = [...first.settings.values()].find(opensListener);
  if (other === undefined || setting === undefined) return;
  throw new UserError([
    `${showPlace(setting.place)}: ${setting.key}: above the first listener it opens one on port ` +
    `${first.port}, which ${keyOf(other)} (${
      showPlace(other.place!)
    }) opens too; mosquitto does not ` +
    "start with it",
  ]);
}

/** Writes `listeners`. */
export async function setListeners(
  listeners: readonly ListenerPart[],
  conf: MosquittoConf,
  around: Surroundings,
): Promise<void> {
  const { draft } = around;
  const addresses = addressesOf(listeners, conf, draft);
  if (addresses.length === 0) return setOwnListener(draft);
  const names = new Set<string>();
  for (const address of addresses) {
    const [listener] = address.listeners;
    const name = addresses.length === 1 ? "default" : freeName(nameOf(listener!), names);
    setType(name, listener!, draft);
    draft.set(["listeners", name, "bind"], address.bind, placeOf(listener!));
    setMaxConnections(name, address, draft);
    await setTransport(name, listener!, around);
    for (const one of address.listeners) noteSettings(one, draft);
  }
}

/** One that stands for two takes what both took. */
function setMaxConnections(name: string, { listeners }: Address, draft: Draft): void {
  const statements = listeners.map(({ settings }) => settings.get("max_connections"));
  if (statements.every((one) => one === undefined)) return;
  const counts = statements.map((one) => one === undefined ? 0 : Math.max(0, numberOf(one, -1)));
  const sum = counts.includes(0) ? 0 : counts.reduce((all, count) => all + count);
  draft.set(["listeners", name, "max_connections"], sum, statements.find((one) => one)?.place);
}

function noteSettings({ settings }: ListenerPart, draft: Draft): void {
  for (const statement of settings.values()) {
    const { key, place } = statement;
    if (key === "max_qos" && numberOf(statement, 0, 2) !== 2) {
      draft.skip(key, place, "clients may use every QoS");
    } else if (key === "websockets_origin" && !isWebSocket(settings)) {
      draft.skip(key, place, "of use with protocol websockets only");
    } else if (Object.hasOwn(WITHOUT_MEANING, key)) draft.skip(key, place, WITHOUT_MEANING[key]!);
    else if (SECURITY_KEYS.has(key) || /_opt_/.test(key)) noteRest(statement, draft);
  }
}

function nameOf({ port }: ListenerPart): string {
  return port === 0 ? "mqtt_unix" : `mqtt_${port}`;
}

function freeName(name: string, taken: Set<string>): string {
  let free = name;
  for (let count = 2; taken.has(free); count++) free = `${name}_${count}`;
  taken.add(free);
  return free;
}
