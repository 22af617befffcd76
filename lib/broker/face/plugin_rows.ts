/** The plugins as they are listed. Invariant: one that fails to say how it is doing is said to be down. */
import type { RowOf } from "../../manage/commands.ts";
import type { HookOwner } from "../../plugin/hooks.ts";
import { maskedUrls } from "../../secrets.ts";
import { messageOf } from "../../user_error.ts";
import type { Core } from "../core.ts";

type Row = RowOf<"plugins">;

/** In the configuration's order. */
export function pluginRows({ plugins, clock }: Core): Row[] {
  return plugins.map((plugin) => rowOf(plugin, clock.epoch()));
}

function rowOf(plugin: HookOwner, now: number): Row {
  const { name, hooks, config, failures = 0 } = plugin;
  return {
    name: maskedUrls(name),
    key: maskedUrls(config?.key ?? name),
    packaged: config?.packaged ?? false,
    hooks: Object.keys(hooks).filter((hook) => Reflect.get(hooks, hook) !== undefined),
    health: healthOf(plugin, now),
    failures,
  };
}

/** Null: it says nothing of it. */
export function healthOf({ hooks }: Pick<HookOwner, "hooks">, now: number): Row["health"] {
  if (hooks.health === undefined) return null;
  try {
    const { state, since, lastError = null } = hooks.health();
    return { state, since, lastError: lastError === null ? null : maskedUrls(lastError) };
  } catch (cause) {
    return { state: "down", since: now, lastError: `it cannot say: ${messageOf(cause)}` };
  }
}
