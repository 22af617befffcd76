/**
 * A broker whose commands are asked by any caller, as a plugin asks them. Invariant: what a listing gives is walked to
 * its end, whatever it is.
 */
import type { BrokerOptions, Hooks } from "../../mod.ts";
import type {
  CommandName,
  EventOf,
  ListingName,
  ResultName,
  ResultOf,
  RowOf,
  StreamName,
} from "../../lib/manage/commands.ts";
import { COMMANDS } from "../../lib/manage/commands.ts";
import type { Caller } from "../../lib/plugin/management.ts";
import type { PluginContext } from "../../lib/plugin/context.ts";
import { UserError } from "../../lib/user_error.ts";
import { array, parse } from "valibot";
import { assertRejects } from "@std/assert";
import type { BatchLog } from "../../lib/storage/batch_log.ts";
import type { Feed } from "../../lib/feed.ts";
import { ClockedBroker } from "./clocked_broker.ts";
import { inlinePlugin, type InlineSetup } from "./inline_registry.ts";
import { TempFolder } from "./midge_process.ts";
import { PATIENCE_MS } from "./patience.ts";
import { turn } from "./until.ts";

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
  /** Of the plugin that asks. */
  readonly context: PluginContext;
  readonly #folder: TempFolder;

  private constructor(folder: TempFolder, it: ClockedBroker, context: PluginContext) {
    this.#folder = folder;
    this.it = it;
    this.context = context;
  }

  /** @param more plugins beside the configured ones */
  static start(
    options: BrokerOptions = {},
    ...more: readonly (Hooks | InlineSetup)[]
  ): Promise<ManagedBroker> {
    return ManagedBroker.startWith(undefined, options, ...more);
  }

  /** With this log as its storage; undefined: what the options say. */
  static async startWith(
    log: BatchLog | undefined,
    options: BrokerOptions = {},
    ...more: readonly (Hooks | InlineSetup)[]
  ): Promise<ManagedBroker> {
    let context: PluginContext | undefined;
    const asking = inlinePlugin((given) => {
      context = given;
      return {};
    });
    const folder = new TempFolder();
    const inline = [asking, ...more.map((one) => inlinePlugin(one))].map((url) => [url, null]);
    const plugins = { ...Object(options.plugins), ...Object.fromEntries(inline) };
    const all = { data_dir: `${folder.path}/data`, ...options, plugins };
    const it = log === undefined
      ? await ClockedBroker.start(all)
      : await ClockedBroker.startWith(log, all);
    return new ManagedBroker(folder, it, context!);
  }

  /** A command as a plugin gets it answered. */
  async ask(name: CommandName, args: unknown = {}, caller: Caller = CTL): Promise<unknown> {
    return await this.context.manage!(name, args, caller);
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

  /** Asks again after every turn of the event loop until a row is so; that row. */
  async rowThat<Name extends ListingName>(
    name: Name,
    isSo: (row: RowOf<Name>) => boolean,
  ): Promise<RowOf<Name>> {
    const deadline = performance.now() + PATIENCE_MS;
    for (;;) {
      const rows = await this.rows(name);
      const found = rows.find(isSo);
      if (found !== undefined) return found;
      if (performance.now() > deadline) throw new Error(`${name}: ${JSON.stringify(rows)}`);
      await turn();
    }
  }

  /** Events, until they are ended. */
  async events<Name extends StreamName>(name: Name, args: unknown): Promise<Feed<EventOf<Name>>> {
    return await this.ask(name, args) as Feed<EventOf<Name>>;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.it[Symbol.asyncDispose]();
    await this.#folder[Symbol.asyncDispose]();
  }
}
