/** Guessing at a broker's door, through bytes: what the guesser gets, and what an honest user. */
import { assertEquals } from "@std/assert";
import { ClockedBroker } from "../support/clocked_broker.ts";
import { connack, connect } from "../support/raw_packets.ts";
import { turn, until } from "../support/until.ts";

/** Lets in who knows the password `right`. */
function start(): Promise<ClockedBroker> {
  return ClockedBroker.start({}, {
    authenticate: ({ password }) =>
      new TextDecoder().decode(password) === "right" ? "allow" : "deny",
  });
}

async function attempt(it: ClockedBroker, username: string, password: string) {
  const client = await it.dial();
  await client.send(connect({ clientId: `${username}-${password}`, username, password }));
  return client;
}

Deno.test("behind nine wrong passwords the right one waits two seconds, and all is forgotten then", async () => {
  await using it = await start();
  const { timerCount } = it.clock;
  const guesses = [];
  for (let i = 0; i < 9; i++) guesses.push(await attempt(it, "bob", `${i}`));
  for (const guess of guesses.slice(0, 5)) await guess.expect(connack(false, 4));
  await until(() => it.clock.timerCount === timerCount + 4, "four answers that wait");
  const honest = await attempt(it, "bob", "right");
  await until(() => it.clock.timerCount === timerCount + 5, "the honest user's wait");
  it.clock.advance(2000);
  await honest.expect(connack(false, 0));
  await (await attempt(it, "bob", "wrong")).expect(connack(false, 4));
});

Deno.test("guesses above the rate are not looked at: code 3; who was in before comes in at once", async () => {
  let asked = 0;
  await using it = await ClockedBroker.start({}, {
    authenticate: ({ password }) => {
      asked++;
      return new TextDecoder().decode(password) === "right" ? "allow" : "deny";
    },
  });
  await (await attempt(it, "bob", "right")).expect(connack(false, 0));
  const { timerCount } = it.clock;
  const guesses = [];
  for (let i = 0; i < 70; i++) guesses.push(await attempt(it, `user${i}`, "wrong"));
  await until(() => asked === 61 && it.clock.timerCount === timerCount + 1, "the bound");
  await (await attempt(it, "bob", "right")).expect(connack(false, 0));
  it.clock.advance(2000);
  await until(() => asked === 72, "ten more in two seconds");
  for (const guess of guesses) await guess.expect(connack(false, 4));
  const more = [];
  for (let i = 0; i < 20; i++) more.push(await attempt(it, `other${i}`, "wrong"));
  await until(() => it.clock.timerCount === timerCount + 1, "the next turn");
  for (let i = 0; i < 11; i++) {
    it.clock.advance(200);
    await turn();
  }
  const codes = await Promise.all(more.map(async (one) => (await one.readToEnd()).at(-1)));
  assertEquals([codes.filter((code) => code === 3).length, asked], [9, 83]);
});
