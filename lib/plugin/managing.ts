/**
 * What a plugin lets be changed while it runs: its users, its rules. Invariant: types only; no password and no hash ever
 * leaves a plugin through them.
 */
import type { Hooks } from "./hook_types.ts";
import type { MaybePromise } from "./types.ts";

/** A user that a plugin knows. */
export interface ManagedUser {
  /** As clients give it. */
  readonly username: string;
  /** How its password is kept, such as `argon2id`; undefined: it cannot log in as things are. */
  readonly hash: string | undefined;
}

/** A new user, or another password for one. */
export interface UserChange {
  /** Not empty. */
  readonly username: string;
  /** Not empty. */
  readonly password: string;
  /** True: it must not be there yet; false: it must. */
  readonly isNew: boolean;
}

/**
 * The hook `users`: the users that a plugin keeps itself. One method at a time is called. What they reject with is for
 * people where it is a UserError; nothing is changed then. What is changed holds when they resolve.
 */
export interface UserStore {
  /** Those there are now. */
  list(): MaybePromise<Iterable<ManagedUser>>;
  /** Adds a user, or changes its password. */
  put(change: UserChange): MaybePromise<ManagedUser>;
  /** Removes a user, who must be there. */
  remove(change: { readonly username: string }): MaybePromise<void>;
}

/** A rule as people read it. */
export interface ManagedRule {
  /** From 1; undefined: not known. */
  readonly line: number | undefined;
  /** As it was written. */
  readonly text: string;
  /** How often it decided since the start; an answer that a client's cache remembers is counted once. */
  readonly hits: number;
}

/** The rules that hold, and where they stand. */
export interface ManagedRules {
  /** Their file; undefined: they stand in the configuration, and are read only. */
  readonly file: string | undefined;
  /** As it stands there now: what cannot be read as rules holds no rule. */
  readonly text: string;
  /** In order. */
  readonly rules: readonly ManagedRule[];
}

/** A text judged as rules; nothing has changed. */
export interface RulesJudgement {
  /** What is wrong with it, a line each with the place in it. Empty: nothing. */
  readonly problems: readonly string[];
  /** What deserves a word. */
  readonly warnings?: readonly string[] | undefined;
  /**
   * The deciding hooks as they would be with these rules: access tests are asked of them. Undefined where there are
   * problems; where a plugin has none to give, no access test can be run.
   */
  readonly hooks?: Pick<Hooks, "authorize" | "authorizeReceive" | "hasReceiveRules"> | undefined;
}

/** A new text in place of another one. */
export interface RulesChange {
  /** What is to be written. */
  readonly text: string;
  /** What it is in place of: where that is not what stands there, the change is refused. */
  readonly before: string;
}

/** The hook `rules`. Errors and times are those of {@link UserStore}. */
export interface RuleStore {
  /** The rules as they are. */
  read(): MaybePromise<ManagedRules>;
  /** Judges a text. Absent, as `write` is: the rules are read only. */
  check?(change: { readonly text: string }): MaybePromise<RulesJudgement>;
  /** Writes a text that was found right, and has it hold. */
  write?(change: RulesChange): MaybePromise<void>;
}
