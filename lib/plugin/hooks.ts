/**
 * Every hook with its kind, and the runners of those that observe. Invariants: a hook that no plugin wants costs one
 * comparison; an observer that throws or rejects is logged by name and disturbs no one; observers are never
 * awaited, except those of the broker's own life.
 */
import type { PluginConfig } from "../config/types.ts";
import { type HookClock, inTime } from "../hook_deadline.ts";
import type { Hooks } from "./hook_types.ts";
import type { Logger } from "./types.ts";
import { faultText } from "./fault.ts";

/**
 * `deciding`: its answer decides. `life`: of the broker's own life, awaited. `observing`: never awaited.
 * `reporting`: the plugin says something about itself. `storing`: an object that keeps something for the broker.
 * `managing`: an object that lets be changed what the plugin keeps. `dispose`: the last.
 */
export type HookKind =
  | "deciding"
  | "life"
  | "observing"
  | "reporting"
  | "storing"
  | "managing"
  | "dispose";

/** Every hook a plugin may return: the compiler holds it against `Hooks`. */
export const HOOKS = {
  authenticate: "deciding",
  authenticateStep: "deciding",
  superuser: "deciding",
  authorize: "deciding",
  authorizeReceive: "deciding",
  brokerStarting: "life",
  brokerStarted: "life",
  brokerReloading: "life",
  brokerStopping: "life",
  brokerStopped: "life",
  clientConnected: "observing",
  clientDisconnected: "observing",
  clientRefused: "observing",
  clientSubscribed: "observing",
  clientUnsubscribed: "observing",
  messageReceived: "observing",
  messageBroadcast: "observing",
  messageRetained: "observing",
  messageQueued: "observing",
  messageDropped: "observing",
  packetReceived: "observing",
  packetSent: "observing",
  health: "reporting",
  admitsNoOne: "reporting",
  authenticationMethods: "reporting",
  hasReceiveRules: "reporting",
  authorizeUses: "reporting",
  observes: "reporting",
  storage: "storing",
  users: "managing",
  rules: "managing",
  dispose: "dispose",
} as const satisfies Record<keyof Hooks, HookKind>;

/** The hooks of a kind. */
export type HookOf<Kind extends HookKind> = {
  [Name in keyof typeof HOOKS]: (typeof HOOKS)[Name] extends Kind ? Name : never;
}[keyof typeof HOOKS];

/** The hooks that observe. */
export type ObservingHook = HookOf<"observing">;
/** The hooks of the broker's own life. */
export type LifeHook = HookOf<"life">;

/** The hooks that are functions. */
type CalledHook = Exclude<keyof Hooks, HookOf<"storing" | "managing">>;
type EventOf<Name extends CalledHook> = Parameters<NonNullable<Hooks[Name]>>[0];

const KINDS: Readonly<Record<string, HookKind>> = HOOKS;

/** The names of all hooks. */
export const HOOK_NAMES: readonly string[] = Object.keys(HOOKS);
/** The names of those that observe. */
export const OBSERVING_HOOKS: readonly ObservingHook[] = Object.keys(HOOKS).filter(isObserving);

function isObserving(name: string): name is ObservingHook {
  return KINDS[name] === "observing";
}

/** A plugin's hooks with what is needed to run them. */
export interface HookOwner {
  readonly name: string;
  readonly logger: Logger;
  readonly hooks: Hooks;
  /** URL of its module, which tells its files from others; undefined for a packaged one. */
  readonly module?: string | undefined;
  /** What the configuration says of it; absent: nothing. */
  readonly config?: PluginConfig | undefined;
  /** The schema of its options; absent: it is not known. */
  readonly schema?: unknown;
  /** How often one of its hooks has failed since it was set up; absent: that is not counted. */
  readonly failures?: number | undefined;
}

/** Hooks of one kind, as they are called. */
type Callable<Kind extends CalledHook> = {
  readonly [Name in Kind]?: (event: EventOf<Name>) => unknown;
};

/** An owner, of whose hooks only those of one kind matter. */
interface OwnerOf<Kind extends CalledHook> extends Omit<HookOwner, "hooks"> {
  readonly hooks: Callable<Kind>;
}

type Observer<Name extends ObservingHook> = (event: EventOf<Name>) => void;

/** One function for each observing hook that a plugin wants called; undefined for the others. */
export type Observers = {
  readonly [Name in ObservingHook]?: Observer<Name> | undefined;
};

/** Makes the runners for these plugins, in their order: of the hooks that would do something now. */
export function makeObservers(owners: readonly HookOwner[]): Observers {
  const observers: { -readonly [Name in ObservingHook]?: Observers[Name] } = {};
  const add = <Name extends ObservingHook>(name: Name) => {
    observers[name] = makeObserver(owners.filter((owner) => observes(owner, name)), name);
  };
  for (const name of OBSERVING_HOOKS) add(name);
  return observers;
}

function observes(owner: HookOwner, name: ObservingHook): boolean {
  const { hooks } = owner;
  try {
    return hooks[name] !== undefined && hooks.observes?.(name) !== false;
  } catch (cause) {
    logFailure(owner, "observes", cause);
    return true;
  }
}

function makeObserver<Name extends ObservingHook>(
  listeners: readonly OwnerOf<ObservingHook>[],
  name: Name,
): Observer<Name> | undefined {
  if (listeners.length === 0) return undefined;
  return (event) => {
    for (const owner of listeners) {
      try {
        const result = owner.hooks[name]?.(event);
        if (result instanceof Promise) {
          result.catch((cause: unknown) => logFailure(owner, name, cause));
        }
      } catch (cause) {
        logFailure(owner, name, cause);
      }
    }
  };
}

/**
 * Runs a hook of the broker's life in every plugin, one after the other.
 * @returns a line for each problem that a hook returned, and for each hook that failed; the log has those too
 */
export async function runLifeHook<Name extends LifeHook>(
  owners: readonly OwnerOf<LifeHook>[],
  name: Name,
  event: EventOf<Name>,
  clock: HookClock,
): Promise<string[]> {
  const problems: string[] = [];
  for (const owner of owners) {
    try {
      const result = await inTime(clock, name, owner.hooks[name]?.(event));
      if (Array.isArray(result)) problems.push(...result.map((line) => `${owner.name}: ${line}`));
    } catch (cause) {
      logFailure(owner, name, cause);
      problems.push(`${owner.name}: ${faultText(cause, owner.module)}`);
    }
  }
  return problems;
}

function logFailure(
  { logger, module }: Omit<HookOwner, "hooks">,
  hook: string,
  cause: unknown,
): void {
  logger.error(`hook ${hook} failed: ${faultText(cause, module)}`);
}
