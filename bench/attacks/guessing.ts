/**
 * Guesses one user's password by a hundred connections at once, while honest users of the same address come in.
 * Invariant: a guesser hangs up after {@link PATIENCE_MS}, as one who knows what a late answer means.
 */
import { delay } from "../../lib/cli/load/run.ts";
import type { Attack, Scene } from "./attack.ts";
import { login, type Tried } from "./logins.ts";
import { RIGHT, SlowSource } from "./slow_source.ts";

const CONNECTIONS = 100;
const DURATION_MS = 20_000;
const PATIENCE_MS = 2500;
const COME_EVERY_MS = 500;

const source = new SlowSource(1);

async function guess(scene: Scene, name: string, until: number): Promise<void> {
  for (let n = 0; performance.now() < until && !scene.signal.aborted; n++) {
    const password = `${name}-${n}`;
    await login(scene, { clientId: name, username: "bob", password, patience: PATIENCE_MS });
    await delay(1);
  }
}

/** One honest user, who knows the password, again and again. */
async function come(scene: Scene, username: string, until: number): Promise<Tried[]> {
  const tried: Tried[] = [];
  for (let n = 0; performance.now() < until && !scene.signal.aborted; n++) {
    tried.push(await login(scene, { clientId: `honest-${username}`, username, password: RIGHT }));
    await delay(COME_EVERY_MS);
  }
  return tried;
}

function told(name: string, tried: readonly Tried[]): Record<string, number> {
  return {
    [`${name} in`]: tried.filter(({ code }) => code === 0).length,
    [`${name} refused`]: tried.filter(({ code }) => code !== 0).length,
    [`${name} longest`]: Math.round(Math.max(...tried.map(({ took }) => took))),
  };
}

export const guessing: Attack = {
  name: "guessing",
  what:
    "100 connections guess bob's password for 20 s; how many guesses are looked at, and how long " +
    "bob, who was in before, and alice, both with the right password at the same address, take to get in (ms)",
  midge: source.yaml,
  beside: () => source.start(),
  run: async (scene) => {
    await login(scene, { clientId: "bob", username: "bob", password: RIGHT });
    const until = performance.now() + DURATION_MS;
    const guessers = Array.from({ length: CONNECTIONS }, (_, n) => guess(scene, `g${n}`, until));
    const [bob, alice] = await Promise.all([
      come(scene, "bob", until),
      come(scene, "alice", until),
      ...guessers,
    ]);
    return { guesses: source.wrong, ...told("bob", bob), ...told("alice", alice) };
  },
};
