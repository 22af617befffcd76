/** No attack at all: what the machine itself makes a quiet client wait. */
import { delay } from "../../lib/cli/load/run.ts";
import type { Attack } from "./attack.ts";

const DURATION_MS = 5000;

export const nothing: Attack = {
  name: "nothing",
  what: "no client does anything: the machine's own noise",
  mosquitto: "",
  run: async () => {
    await delay(DURATION_MS);
    return {};
  },
};
