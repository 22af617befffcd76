/**
 * The users of plugins that keep them themselves, changed while the broker runs. Invariants: one change at a time; when
 * the answer comes a change holds, and a removed user has no connection.
 */
import type { RowOf } from "../../manage/commands.ts";
import { inTime } from "../../hook_deadline.ts";
import type { HookOwner } from "../../plugin/hooks.ts";
import type { ManagedUser, UserStore } from "../../plugin/managing.ts";
import { UserError } from "../../user_error.ts";
import { type CloseReason, ReasonCode } from "../../wire/codes.ts";
import type { Core } from "../core.ts";
import { parts } from "./rows.ts";

/** Whom a command is about. */
export interface UserRequest {
  readonly username: string;
  /** The plugin; undefined: the only one that it can be. */
  readonly source?: string | undefined;
}

/** A new password. */
export interface PasswordRequest extends UserRequest {
  readonly password: string;
}

/** A plugin that can do it. */
interface Keeper {
  readonly name: string;
  readonly store: UserStore;
}

type UserRow = RowOf<"user list">;

const REMOVED: CloseReason = { code: ReasonCode.ADMINISTRATIVE_ACTION, text: "user removed" };

/** The users of one core. */
export class UserDesk {
  readonly #core: Core;
  #last: Promise<unknown> = Promise.resolve();

  constructor(core: Core) {
    this.#core = core;
  }

  /** @throws UserError where no plugin can say */
  async list(): Promise<IterableIterator<UserRow[]>> {
    const known: (readonly [name: string, users: Iterable<ManagedUser>])[] = [];
    for (const { name, store } of this.#keepers()) known.push([name, await this.#usersOf(store)]);
    return parts(withSource(known), (row) => row);
  }

  /** @throws UserError where the user is there, is none, or no plugin can do it */
  add(request: PasswordRequest): Promise<UserRow> {
    return this.#oneAtATime(() => this.#put(this.#only(request), request, true));
  }

  /** @throws UserError where the user is not there, or no plugin can do it */
  setPassword(request: PasswordRequest): Promise<UserRow> {
    return this.#oneAtATime(async () => this.#put(await this.#knowing(request), request, false));
  }

  /** @throws UserError where the user is not there, or no plugin can do it */
  remove(
    request: UserRequest,
  ): Promise<{ username: string; source: string; disconnected: number }> {
    return this.#oneAtATime(async () => {
      const { name, store } = await this.#knowing(request);
      const { username } = request;
      await this.#inTime("users.remove", store.remove({ username }));
      return { username, source: name, disconnected: this.#disconnect(username) };
    });
  }

  async #put(
    { name, store }: Keeper,
    { username, password }: PasswordRequest,
    isNew: boolean,
  ): Promise<UserRow> {
    const put = store.put({ username, password, isNew });
    return rowOf(name, await this.#inTime("users.put", put));
  }

  /** Those whose login is under way, too: the answer they wait for may be one of before. */
  #disconnect(username: string): number {
    const hit = [...this.#core.connections.clients]
      .filter(({ info }) => info.username === username);
    for (const { connection } of hit) connection.close(REMOVED);
    return hit.length;
  }

  #keepers(): Keeper[] {
    const keepers = this.#core.plugins.flatMap(keeperOf);
    if (keepers.length > 0) return keepers;
    throw new UserError(
      "no plugin here keeps users that can be changed while the broker runs; auth_file and " +
        "auth_scram do, with a password_file",
    );
  }

  #only({ source }: UserRequest): Keeper {
    const keepers = this.#named(source);
    const [only, other] = keepers;
    if (only !== undefined && other === undefined) return only;
    throw new UserError(`several plugins keep users; expected one of ${namesOf(keepers)}`);
  }

  /** The only one that knows this user. */
  async #knowing({ username, source }: UserRequest): Promise<Keeper> {
    const keepers = this.#named(source);
    if (keepers.length === 1) return keepers[0]!; // says itself that it does not know it
    const knowing: Keeper[] = [];
    for (const keeper of keepers) {
      const users = await this.#usersOf(keeper.store);
      if ([...users].some((user) => user.username === username)) knowing.push(keeper);
    }
    if (knowing.length === 1) return knowing[0]!;
    const name = JSON.stringify(username);
    throw new UserError(
      knowing.length === 0
        ? `no user ${name}: ${namesOf(keepers)} do not know it`
        : `several plugins know ${name}; expected one of ${namesOf(knowing)}`,
    );
  }

  #named(source: string | undefined): Keeper[] {
    const keepers = this.#keepers();
    if (source === undefined) return keepers;
    const named = keepers.filter(({ name }) => name === source);
    if (named.length > 0) return named;
    throw new UserError(
      `${JSON.stringify(source)} keeps no users; expected one of ${namesOf(keepers)}`,
    );
  }

  async #usersOf(store: UserStore): Promise<Iterable<ManagedUser>> {
    return await this.#inTime("users.list", store.list());
  }

  #inTime<T>(what: string, answer: T | Promise<T>): Promise<T> {
    return inTime(this.#core.hookClock, what, answer);
  }

  #oneAtATime<T>(change: () => Promise<T>): Promise<T> {
    const changed = this.#last.then(change);
    this.#last = changed.catch(() => {}); // the caller hears of it
    return changed;
  }
}

function keeperOf({ name, hooks: { users } }: HookOwner): Keeper[] {
  return users === undefined ? [] : [{ name, store: users }];
}

function namesOf(keepers: readonly Keeper[]): string {
  return keepers.map(({ name }) => name).join(", ");
}

/** Each with the plugin that knows it. */
function* withSource(
  known: readonly (readonly [name: string, users: Iterable<ManagedUser>])[],
): Generator<UserRow> {
  for (const [source, users] of known) {
    for (const user of users) yield rowOf(source, user);
  }
}

function rowOf(source: string, { username, hash }: ManagedUser): UserRow {
  return { username, source, hash: hash ?? null };
}
