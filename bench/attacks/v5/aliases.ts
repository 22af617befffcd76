/** Topic aliases in both directions: as many as may be, for the longest names, and names that never come again. */
import { delay } from "../../../lib/cli/load/run.ts";
import { joined } from "../../../lib/io.ts";
import type { Attack } from "../attack.ts";
import { Dialed, inLanes } from "./dialer.ts";
import { connect, publish, subscribe } from "./words.ts";

const CLIENTS = 200;
const ALIASES = 32;
const NAME = 8000;
const SUBSCRIBERS = 100;
const MESSAGES = 20_000;
const PER_WRITE = 100;
const SETTLE_MS = 2000;
/** Topic alias maximum 65,535. */
const TAKES_ALL = Uint8Array.of(0x22, 0xff, 0xff);

export const aliases: Attack = {
  name: "v5-aliases",
  what: `${CLIENTS} clients that give ${ALIASES} topics of ${NAME / 1000} KB an alias each, ` +
    `then one the alias 65,535; ${SUBSCRIBERS} subscribers that take 65,535 aliases, and ` +
    `${MESSAGES} topics of 1,000 bytes that never come again`,
  midge: "max_topic_length: 65535\n",
  mosquitto: "",
  async run({ broker: { address }, signal }) {
    const givers: Dialed[] = [];
    await inLanes(CLIENTS, signal, async (i) => {
      const one = await Dialed.to(address);
      givers.push(one);
      await one.say(connect(`giver${i}`));
      for (let alias = 1; alias <= ALIASES; alias++) {
        await one.say(publish(`${i}/${alias}/`.padEnd(NAME, "x"), aliasOf(alias)));
      }
      if (i % 2 === 0) await one.say(publish("t", aliasOf(65_535)));
    });
    const subscribers = await Promise.all(Array.from({ length: SUBSCRIBERS }, async (_, i) => {
      const one = await Dialed.to(address);
      await one.say(connect(`taker${i}`, TAKES_ALL), subscribe(["n/#"], 0));
      return one;
    }));
    const publisher = await Dialed.to(address);
    await publisher.say(connect("publisher"));
    for (let sent = 0; sent < MESSAGES && !signal.aborted; sent += PER_WRITE) {
      await publisher.say(joined(Array.from(
        { length: PER_WRITE },
        (_, i) => publish(`n/${sent + i}/`.padEnd(1000, "y")),
      )));
    }
    await delay(SETTLE_MS);
    const all = [...givers, ...subscribers, publisher];
    const stayed = givers.filter((one) => one.isOpen).length;
    const delivered = subscribers.reduce((sum, one) => sum + one.received, 0);
    for (const one of all) one.close();
    await Promise.all(all.map((one) => one.reading));
    return { "givers that stayed": stayed, "MB delivered": Math.round(delivered / 1e6) };
  },
};

function aliasOf(alias: number): Uint8Array {
  return Uint8Array.of(0x23, alias >> 8, alias & 255);
}
