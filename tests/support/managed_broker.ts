/** A clocked broker that a test asks as `midge ctl` does, without a socket. */
import type { BrokerOptions, Hooks, PluginContext } from "../../mod.ts";
import type { Feed } from "../../lib/feed.ts";
import type { ArgsOf, EventOf, ListingName, RowOf, StreamName } from "../../lib/manage/commands.ts";
import { TempFolder } from "./midge_process.ts";
import { DEADLINE_MS } from "./raw_client.ts";
import { turn } from "./until.ts";
import { ClockedBroker } from "./clocked_broker.ts";
import type { InlineSetup } from "./inline_registry.ts";

const CTL = { name: "test", isAdmin: true, user: undefined } as const;

/** Such a broker. */
export class ManagedBroker implements AsyncDisposable {
  readonly it: ClockedBroker;
  readonly #context: PluginContext;

  readonly #folder: TempFolder;

  private constructor(folder: TempFolder, it: ClockedBroker, context: PluginContext) {
    this.#folder = folder;
    this.it = it;
    this.#context = context;
  }

  static async start(
    options: BrokerOptions = {},
    ...hooks: (Hooks | InlineSetup)[]
  ): Promise<ManagedBroker> {
    let context: PluginContext | undefined;
    const spy: InlineSetup = (given) => {
      context = given;
      return {};
    };
    const folder = new TempFolder();
    const own = { data_dir: `${folder.path}/data`, ...options };
    const it = await ClockedBroker.start(own, spy, ...hooks);
    return new ManagedBroker(folder, it, context!);
  }

  get context(): PluginContext {
    return this.#context;
  }

  /** All rows of a listing. */
  async rows<Name extends ListingName>(name: Name, args: ArgsOf<Name>): Promise<RowOf<Name>[]> {
    const parts = await this.#context.manage!(name, args, CTL) as Iterable<RowOf<Name>[]>;
    return [...parts].flat();
  }

  /** Asks again after every turn of the event loop until a row is so; that row. */
  async rowThat<Name extends ListingName>(
    name: Name,
    isSo: (row: RowOf<Name>) => boolean,
  ): Promise<RowOf<Name>> {
    const deadline = performance.now() + DEADLINE_MS;
    for (;;) {
      const rows = await this.rows(name, {});
      const found = rows.find(isSo);
      if (found !== undefined) return found;
      if (performance.now() > deadline) throw new Error(`${name}: ${JSON.stringify(rows)}`);
      await turn();
    }
  }

  /** Has a command done. */
  async run(name: string, args: unknown): Promise<unknown> {
    return await this.#context.manage!(name, args, CTL);
  }

  /** Events, until they are ended. */
  async events<Name extends StreamName>(
    name: Name,
    args: ArgsOf<Name>,
  ): Promise<Feed<EventOf<Name>>> {
    return await this.#context.manage!(name, args, CTL) as Feed<EventOf<Name>>;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.it[Symbol.asyncDispose]();
    await this.#folder[Symbol.asyncDispose]();
  }
}
