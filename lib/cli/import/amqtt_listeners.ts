/**
 * aMQTT's listeners as Midge's. Invariant: what a listener inherits from `default` is written out, so that leaving
 * one out changes no other; a TLS listener never becomes a plain one.
 */
import { UserError } from "../../user_error.ts";
import { isMapping, suggestion, underscored } from "../../config/keys.ts";
import { readSwitch } from "../../config/units.ts";
import type { Draft, Place, Plain, SourceFile } from "./draft.ts";

/** All that a listener may say; reader and writer are of no use in a file. */
const KEYS = ["type", "bind", "max_connections", "ssl", "reader", "writer"];
const TLS_KEYS = ["cafile", "capath", "cadata", "certfile", "keyfile"];

type Listener = Readonly<Record<string, unknown>>;

/** Writes `listeners`. @throws UserError when they are no mapping of mappings */
export function setAmqttListeners(
  raw: unknown,
  file: SourceFile,
  place: (key: string) => Place,
  draft: Draft,
): void {
  const listeners = readListeners(raw, file);
  const base = listeners.get("default") ?? {};
  let carried = 0;
  for (const [name, own] of listeners) {
    const listener = { ...base, ...own };
    const why = obstacle(listener);
    if (why !== undefined) {
      draft.skip(`listeners.${name}`, place(name), `${why}; left out`);
      continue;
    }
    carried++;
    setListener(name, listener, place, draft);
  }
  if (carried > 0) return;
  draft.set(["listeners", "default", "bind"], "127.0.0.1:1883", "none could be carried over");
  draft.differ("listeners", undefined, "none is left; Midge listens on 127.0.0.1:1883 only");
}

function setListener(
  name: string,
  listener: Listener,
  place: (key: string) => Place,
  draft: Draft,
): void {
  draft.set(["listeners", name, "bind"], (listener.bind ?? "0.0.0.0:1883") as Plain, place(name));
  const count = listener.max_connections;
  if (count !== undefined) {
    // aMQTT writes -1 for no limit too.
    draft.set(["listeners", name, "max_connections"], count === -1 ? 0 : count as Plain);
  }
  const unused = TLS_KEYS.filter((key) => (listener[key] ?? null) !== null);
  if (unused.length > 0) {
    draft.skip(`listeners.${name}.${unused.join(", ")}`, place(name), "of no use without ssl");
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
      const known = [...KEYS, ...TLS_KEYS];
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

function obstacle({ type = "tcp", ssl }: Listener): string | undefined {
  if (readSwitch(ssl) ?? (ssl !== undefined)) return "Midge has no TLS listeners yet";
  if (type === "ws") return "Midge has no WebSocket listeners yet";
  return type === "tcp" ? undefined : `Midge has no listeners of type ${String(type)}`;
}
