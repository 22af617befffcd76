/** Failed logins with the longest names that there can be. Invariant: a bounded number of them, few at a time. */
import type { Attack } from "./attack.ts";
import { login } from "./logins.ts";
import { SlowSource } from "./slow_source.ts";

const LOGINS = 4000;
const AT_A_TIME = 300;

const source = new SlowSource(1);

export const loginNames: Attack = {
  name: "login-names",
  what: "4,000 failed logins, each with a username of 64 KB of its own",
  midge: source.yaml,
  beside: () => source.start(),
  run: async (scene) => {
    let begun = 0;
    let answered = 0;
    const one = async () => {
      while (begun < LOGINS && !scene.signal.aborted) {
        const username = `${begun++}`.padEnd(65_500, "x");
        const { code } = await login(scene, { clientId: "c", username, password: "wrong" });
        if (code !== undefined) answered++;
      }
    };
    await Promise.all(Array.from({ length: AT_A_TIME }, one));
    return { answered, "looked at": source.wrong };
  },
};
