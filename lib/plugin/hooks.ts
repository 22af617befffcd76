/**
 * The names of all hooks, and the runners of the observing ones. Used by the host and the broker. Invariants:
 * a hook that nobody has costs one comparison; an observer that throws or rejects is logged by name and
 * disturbs nobody; observers are never awaited, except those of the broker's own life.
 */
import type { Hooks, Logger } from "./types.ts";
import { messageOf } from "../user_error.ts";

/** Hooks whose answers decide. */
export const DECIDING_HOOKS = [
  "authenticate",
  "superuser",
  "authorize",
  "authorizeReceive",
] as const;
/** Hooks of the broker's own life: awaited. */
export const LIFE_HOOKS = [
  "brokerStarting",
  "brokerStarted",
  "brokerReloading",
  "brokerStopping",
  "brokerStopped",
] as const;
/** Hooks that observe: never awaited. */
export const OBSERVING_HOOKS = [
  "clientConnected",
  "clientDisconnected",
  "clientRefused",
  "clientSubscribed",
  "clientUnsubscribed",
  "messageReceived",
  "messageBroadcast",
  "messageRetained",
  "messageQueued",
  "messageDropped",
  "packetReceived",
  "packetSent",
] as const;
/** Every hook a plugin may return. */
export const HOOK_NAMES: readonly string[] = [
  ...DECIDING_HOOKS,
  ...LIFE_HOOKS,
  ...OBSERVING_HOOKS,
  "health",
  "dispose",
];

type ObservingHook = (typeof OBSERVING_HOOKS)[number];
type LifeHook = (typeof LIFE_HOOKS)[number];
type EventOf<Name extends keyof Hooks> = Parameters<NonNullable<Hooks[Name]>>[0];

/** A plugin's hooks with what is needed to run them. */
export interface HookOwner {
  readonly name: string;
  readonly logger: Logger;
  readonly hooks: Hooks;
}

/** One function for each observing hook that somebody has; undefined for the others. */
export type Observers = {
  readonly [Name in ObservingHook]: ((event: EventOf<Name>) => void) | undefined;
};

/** Makes the runners for these plugins, in their order. */
export function makeObservers(owners: readonly HookOwner[]): Observers {
  const runners = OBSERVING_HOOKS.map((name) => [name, makeRunner(owners, name)]);
  return Object.fromEntries(runners) as Observers;
}

function makeRunner(
  owners: readonly HookOwner[],
  name: ObservingHook,
): ((event: never) => void) | undefined {
  const listeners = owners.filter((owner) => owner.hooks[name] !== undefined);
  if (listeners.length === 0) return undefined;
  return (event) => {
    for (const { hooks, logger } of listeners) {
      try {
        const result: unknown = hooks[name]!(event);
        if (result instanceof Promise) {
          result.catch((cause: unknown) => logFailure(logger, name, cause));
        }
      } catch (cause) {
        logFailure(logger, name, cause);
      }
    }
  };
}

/**
 * Runs a hook of the broker's life in every plugin, one after the other.
 * @returns a line for each problem that a hook returned, and for each hook that failed; the log has those too
 */
export async function runLifeHook<Name extends LifeHook>(
  owners: readonly HookOwner[],
  name: Name,
  event: EventOf<Name>,
): Promise<string[]> {
  const problems: string[] = [];
  for (const { name: plugin, hooks, logger } of owners) {
    try {
      const hook = hooks[name] as ((event: EventOf<Name>) => unknown) | undefined;
      const result = await hook?.call(hooks, event);
      if (Array.isArray(result)) problems.push(...result.map((line) => `${plugin}: ${line}`));
    } catch (cause) {
      logFailure(logger, name, cause);
      problems.push(`${plugin}: ${messageOf(cause)}`);
    }
  }
  return problems;
}

function logFailure(logger: Logger, hook: string, cause: unknown): void {
  const message = messageOf(cause);
  logger.error(`hook ${hook} failed: ${message}`);
}
