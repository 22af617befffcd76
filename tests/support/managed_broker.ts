/**
 * A broker whose commands are asked by any caller, as a plugin asks them. Invariant: what a listing gives is walked to
 * its end, whatever it is.
 */
import type { BrokerOptions, Hooks } from "../../mod.ts";
import type {
  CommandName,
  ListingName,
  ResultName,
  ResultOf,
  RowOf,
} from "../../lib/manage/commands.ts";
import { COMMANDS } from "../../lib/manage/commands.ts";
import type { Caller } from "../../lib/plugin/management.ts";
import type { PluginContext } from "../../lib/plugin/context.ts";
import { UserError } from "../../lib/user_error.ts";
import { array, parse } from "valibot";
import { assertRejects } from "@std/assert";
import type { BatchLog } from "../../lib/storage/batch_log.ts";
import { ClockedBroker } from "./clocked_broker.ts";
import { inlinePlugin } from "./inline_registry.ts";

/** Who may everything. */
export const CTL: Caller = { name: "test", isAdmin: true, user: undefined };

/** A user of the broker. */
export function userOf(
  username: string,
  more: { isAdmin?: boolean; superuser?: boolean } = {},
): Caller {
  const { isAdmin = true, superuser = false } = more;
  return { name: username, isAdmin, user: { username, superuser } };
}

/** A started broker and the way to have it do commands. */
export class ManagedBroker implements AsyncDisposable {
  readonly it: ClockedBroker;
  readonly #context: PluginContext;

  private constructor(it: ClockedBroker, context: PluginContext) {
    this.it = it;
    this.#context = context;
  }

  /** @param hooks a plugin beside the configured ones */
  static async start(
    options: BrokerOptions = {},
    hooks: Hooks = {},
    log?: BatchLog,
  ): Promise<ManagedBroker> {
    let context: PluginContext | undefined;
    const asking = inlinePlugin((given) => {
      context = given;
      return hooks;
    });
    const plugins = { ...Object(options.plugins), [asking]: null };
    const all = { ...options, plugins };
    const it = log === undefined
      ? await ClockedBroker.start(all)
      : await ClockedBroker.startWith(log, all);
    return new ManagedBroker(it, context!);
  }

  /** A command as a plugin gets it answered. */
  async ask(name: CommandName, args: unknown = {}, caller: Caller = CTL): Promise<unknown> {
    return await this.#context.manage!(name, args, caller);
  }

  /** One result, which is what its schema says. */
  async result<Name extends ResultName>(
    name: Name,
    args: unknown = {},
    caller: Caller = CTL,
  ): Promise<ResultOf<Name>> {
    return parse(COMMANDS[name].result, await this.ask(name, args, caller)) as ResultOf<Name>;
  }

  /** All rows of a listing, which are what their schema says. */
  async rows<Name extends ListingName>(
    name: Name,
    args: unknown = {},
    caller: Caller = CTL,
  ): Promise<RowOf<Name>[]> {
    const rows: RowOf<Name>[] = [];
    for await (const part of await this.ask(name, args, caller) as Iterable<unknown>) {
      rows.push(...parse(array(COMMANDS[name].row), part) as RowOf<Name>[]);
    }
    return rows;
  }

  /** What is said when it is refused. */
  async refusal(name: CommandName, args: unknown = {}, caller: Caller = CTL): Promise<string> {
    return (await assertRejects(() => this.ask(name, args, caller), UserError)).message;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.it[Symbol.asyncDispose]();
  }
}
