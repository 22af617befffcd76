/** docs/tutorials/from_emqx.md, followed with a real Redis; a mosquitto stands where EMQ X would, which no registry here has. */
import { tryCommand } from "../integration/clients/child.ts";
import { type Reader, tutorial } from "./tutorial.ts";

const missing = await tryCommand("redis-server", ["--version"]) ??
  (await tryCommand("mosquitto", ["-h"]))?.match(/.*not installed/)?.[0];

/** What clients do at the old broker. */
const OLD_BROKER = `set -e
mosquitto -d -p 1883
until mosquitto_pub -t home/hall -m 19.5 -r; do sleep 0.05; done`;

const stop = ({ terminal }: Reader) => terminal.stopAll();

tutorial("from_emqx.md", {
  missing,
  async before({ machine }) {
    await machine.mustRun(`redis-server --port 6379 --daemonize yes --save '' --dir /
      until redis-cli ping; do sleep 0.05; done`);
    await machine.mustRun(OLD_BROKER);
  },
  at: {
    "rm -r rehearsal rehearsal.yaml": stop,
    "$ midge start -c config.yaml": async ({ machine, terminal }) => {
      await terminal.stopAll();
      await machine.mustRun(
        "pkill -x mosquitto --ns $$ --nslist net; while pgrep -x mosquitto --ns $$ --nslist net; do sleep 0.05; done",
      );
    },
  },
});
