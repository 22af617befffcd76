/**
 * What letting others have their turn costs in Deno: microseconds and processor time of each way, and after how many of
 * them another socket, on which a byte waits, was looked at. lib/net/turn.ts yields by the cheapest that does look.
 *
 *     deno run --allow-all bench/limits/yields.ts
 */
import { cpuUsage } from "node:process";
import { setImmediate } from "node:timers";
import { Loopback } from "../../lib/net/loopback.ts";
import { Rounds } from "../../lib/net/yields.ts";
import { print } from "../terminal.ts";

/** One after the other, as often as this. */
const TIMES = 2000;
/** How often it is tried whether sockets are looked at, and after how many yields it is given up. */
const TRIES = 30;
const GIVEN_UP = 1000;

type Way = () => Promise<unknown>;

const loopback = new Loopback();
const rounds = new Rounds();
const channel = new MessageChannel();
let posted = () => {};
channel.port1.onmessage = () => posted();

const ways: Readonly<Record<string, Way>> = {
  "a microtask": () => Promise.resolve(),
  "setImmediate": () => new Promise<void>((resolve) => void setImmediate(resolve)),
  "a message through a MessageChannel": () =>
    new Promise<void>((resolve) => {
      posted = resolve;
      channel.port2.postMessage(0);
    }),
  "crypto.subtle.digest": () => crypto.subtle.digest("SHA-1", new Uint8Array(1)),
  "Deno.stat": () => Deno.stat("/"),
  "70 rounds of setImmediate (Rounds.pause)": () => new Promise<void>((done) => rounds.pause(done)),
  "setTimeout 0 (Rounds.rest)": () => new Promise<void>((done) => rounds.rest(done)),
  "a byte through the loopback (Loopback)": () => new Promise<void>((done) => loopback.rest(done)),
};

/** Both ends of a connection on which something comes while yields are tried. */
async function pair(): Promise<[Deno.TcpConn, Deno.TcpConn]> {
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const { port } = listener.addr;
  return await Promise.all([Deno.connect({ hostname: "127.0.0.1", port }), listener.accept()]);
}

/** Microseconds each, by the clock and of the processor (all threads). */
async function cost(way: Way): Promise<[number, number]> {
  const [from, cpuFrom] = [performance.now(), cpuMicroseconds()];
  for (let i = 0; i < TIMES; i++) await way();
  const cpu = (cpuMicroseconds() - cpuFrom) / TIMES;
  return [(performance.now() - from) * 1000 / TIMES, cpu];
}

function cpuMicroseconds(): number {
  const { user, system } = cpuUsage();
  return user + system;
}

/** How many yields until a byte that waits is read, in the mean; Infinity: not within GIVEN_UP. */
async function untilLooked(way: Way, [near, far]: [Deno.TcpConn, Deno.TcpConn]): Promise<number> {
  let yields = 0;
  for (let i = 0; i < TRIES; i++) {
    let isRead = false;
    const read = far.read(new Uint8Array(1)).then(() => isRead = true);
    await new Promise((resolve) => setTimeout(resolve, 1));
    await near.write(new Uint8Array(1));
    for (let n = 0; !isRead && n < GIVEN_UP; n++, yields++) await way();
    if (!isRead) yields = Infinity;
    await read;
  }
  return yields / TRIES;
}

const ends = await pair();
await new Promise<void>((done) => loopback.rest(done));
while (!loopback.isCheap) await new Promise((resolve) => setTimeout(resolve, 1));
print("| way to yield | µs | CPU, µs | yields until another socket is looked at |");
print("| --- | ---: | ---: | ---: |");
for (const [name, way] of Object.entries(ways)) {
  await cost(way); // warm
  const [wall, cpu] = await cost(way);
  const looked = await untilLooked(way, ends);
  const cells = [
    name,
    wall.toFixed(1),
    cpu.toFixed(1),
    isFinite(looked) ? looked.toFixed(1) : "never",
  ];
  print(`| ${cells.join(" | ")} |`);
}
await loopback.close();
Deno.exit();
