/**
 * aMQTT's listeners as Midge's. Invariant: what a listener inherits from `default` is written out, so that leaving
 * one out changes no other; a TLS listener never becomes a plain one.
 */
import { UserError } from "../../user_error.ts";
import { isMapping, suggestion, underscored } from "../../config/keys.ts";
import { readSwitch } from "../../config/units.ts";
import type { Draft, Place, Plain, SourceFile } from "./draft.ts";
import { type Library, locateOrFail } from "./library.ts";

/** All that a listener may say, with aMQTT's defaults; reader and writer are of no use in a file. */
const DEFAULTS: Readonly<Record<string, unknown>> = {
  type: "tcp",
  bind: "0.0.0.0:1883",
  max_connections: 0,
  ssl: false,
  cafile: undefined,
  capath: undefined,
  cadata: undefined,
  certfile: undefined,
  keyfile: undefined,
  reader: undefined,
  writer: undefined,
};
const FILES = ["certfile", "keyfile", "cafile", "capath"];
const TLS_KEYS = [...FILES, "cadata"];

type Listener = Readonly<Record<string, unknown>>;

/** Where an import is under way. */
interface Import {
  readonly file: SourceFile;
  readonly place: (key: string) => Place;
  readonly library: Library;
  readonly draft: Draft;
}

/** Writes `listeners`. @throws UserError when they are no mapping of mappings, or name a file that is not here */
export async function setAmqttListeners(raw: unknown, into: Import): Promise<void> {
  const { file, place, draft } = into;
  const listeners = readListeners(raw, file);
  const base = listeners.get("default") ?? {};
  let carried = 0;
  for (const [name, own] of listeners) {
    const listener = inherit(own, base);
    if (!["tcp", "ws"].includes(String(listener.type))) {
      const why = `Midge has no listeners of type ${String(listener.type)}; left out`;
      draft.skip(`listeners.${name}`, place(name), why);
      continue;
    }
    carried++;
    await setListener(name, listener, into);
  }
  if (carried > 0) return;
  draft.set(["listeners", "default", "bind"], "127.0.0.1:1883", "none could be carried over");
  draft.differ("listeners", undefined, "none is left; Midge listens on 127.0.0.1:1883 only");
}

/** What is as aMQTT has it anyway comes from the default listener, though it be written. */
function inherit(own: Listener, base: Listener): Listener {
  const said = (listener: Listener) =>
    Object.entries(listener).filter(([key, value]) => valueOf(key, value) !== DEFAULTS[key]);
  return { ...DEFAULTS, ...Object.fromEntries([...said(base), ...said(own)]) };
}

function valueOf(key: string, value: unknown): unknown {
  return key === "ssl" ? isOn(value) : value;
}

/** In doubt it is TLS. */
function isOn(ssl: unknown): boolean {
  return readSwitch(ssl) ?? (ssl !== undefined && ssl !== null);
}

async function setListener(name: string, listener: Listener, into: Import): Promise<void> {
  const { draft, place } = into;
  const { type, bind, max_connections: count } = listener;
  if (type !== "tcp") draft.set(["listeners", name, "type"], type as Plain);
  draft.set(["listeners", name, "bind"], bind as Plain, place(name));
  if (count !== 0) {
    // aMQTT writes -1 for no limit too.
    draft.set(["listeners", name, "max_connections"], count === -1 ? 0 : count as Plain);
  }
  if (isOn(listener.ssl)) return await setTls(name, listener, into);
  const unused = TLS_KEYS.filter((key) => listener[key] !== undefined);
  if (unused.length > 0) {
    draft.skip(`listeners.${name}.${unused.join(", ")}`, place(name), "of no use without ssl");
  }
}

async function setTls(
  name: string,
  listener: Listener,
  { file, place, library, draft }: Import,
): Promise<void> {
  draft.set(["listeners", name, "ssl"], true);
  for (const key of ["certfile", "keyfile"]) {
    if (listener[key] !== undefined) continue;
    throw new UserError(
      `${file.name}: listeners.${name}.${key}: expected a path, for ssl is on; aMQTT does not start with it`,
    );
  }
  for (const key of FILES.filter((one) => listener[one] !== undefined)) {
    const statement = { key, value: String(listener[key]), place: place(key) };
    const path = await locateOrFail(library, statement, [file]);
    draft.set(["listeners", name, key], path);
  }
  if (listener.cadata !== undefined) {
    draft.set(["listeners", name, "cadata"], listener.cadata as Plain);
  }
}

function readListeners(raw: unknown, file: SourceFile): Map<string, Listener> {
  const given = raw ?? { default: null };
  if (!isMapping(given)) {
    throw new UserError(`${file.name}: listeners: expected a mapping from names to listeners`);
  }
  return new Map(
    Object.entries(given).map(([name, listener]) => {
      if (listener !== null && !isMapping(listener)) {
        throw new UserError(`${file.name}: listeners.${name}: expected a mapping`);
      }
      const known = Object.keys(DEFAULTS);
      const unknown = Object.keys(listener ?? {}).find((key) => !known.includes(underscored(key)));
      if (unknown !== undefined) {
        const what = `unknown key; ${suggestion(unknown, known, "keys")}`;
        throw new UserError(`${file.name}: listeners.${name}.${unknown}: ${what}`);
      }
      const entries = Object.entries(listener ?? {})
        .map(([key, value]) => [underscored(key), value] as const)
        .filter(([, value]) => value !== null);
      return [name, Object.fromEntries(entries)];
    }),
  );
}
