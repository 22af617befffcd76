/** docs/tutorials/from_mosquitto.md, followed beside Debian's mosquitto. */
import { assertStringIncludes } from "@std/assert";
import { tryCommand } from "../integration/clients/child.ts";
import { type Reader, tutorial, untilSucceeds } from "./tutorial.ts";

/** Only what the page asks of it, and of mosquitto alone. */
const SYSTEMCTL = `#!/bin/sh
pid=/run/mosquitto/mosquitto.pid
stop() { if [ -e $pid ]; then kill "$(cat $pid)"; while [ -e $pid ]; do sleep 0.05; done; fi; }
start() { mosquitto -d -c /etc/mosquitto/mosquitto.conf >/dev/null 2>&1; while [ ! -s $pid ]; do sleep 0.05; done; }
case "$*" in
  "disable --now mosquitto") stop ;;
  "enable --now mosquitto") start ;;
  "restart mosquitto") stop; start ;;
  *) exit 1 ;;
esac
`;

/** The owner's mosquitto before the page begins: two users, a retained message, a session with a message that waits. */
const LIFE_SO_FAR = `set -e
mkdir -p /run/mosquitto /var/log/mosquitto
chown mosquitto /run/mosquitto /var/log/mosquitto
touch /etc/mosquitto/passwd
mosquitto_passwd -b /etc/mosquitto/passwd ann secret-of-ann
mosquitto_passwd -b /etc/mosquitto/passwd lamp secret-of-lamp
systemctl enable --now mosquitto
ann="-u ann -P secret-of-ann"
mosquitto_pub $ann -t home/hall -m 19.5 -r -q 1
mosquitto_sub $ann -i tablet -c -q 1 -t 'home/#' -E
mosquitto_pub $ann -t home/news -m 'while you were away' -q 1`;

async function before({ machine }: Reader): Promise<void> {
  await machine.install("systemctl", SYSTEMCTL);
}

const asAnn = "-u ann -P secret-of-ann";

await tutorial("from_mosquitto.md", {
  missing: await tryCommand("mosquitto_passwd", ["-h"]).then((said) =>
    said?.includes("not installed") ? said : undefined
  ),
  before,
  fails: [`midge pub -p 1884 -u ann -P wrong -t home/kitchen -m cold`],
  at: {
    "mkdir -p ~/midge && cd ~/midge": async ({ machine }) =>
      void await machine.mustRun(LIFE_SO_FAR),
    // Ctrl-C, where the page says so.
    "sudo rm /etc/mosquitto/conf.d/rehearsal.conf": ({ terminal }) => terminal.stopAll(),
    "sudo systemctl enable --now mosquitto": ({ terminal }) => terminal.stopAll(),
    // The tablet's session is Midge's now, with the message that waits; then something new comes.
    "$ midge sub -u ann -P secret-of-ann -t 'home/#' -v --retained-only -W 8": async (
      { machine },
    ) => {
      const waiting = `midge sub ${asAnn} -i tablet -c -q 1 -t 'home/#' -C 2 -W 60`;
      assertStringIncludes(await machine.mustRun(waiting), "while you were away\n");
    },
    // The bridge needs a moment.
    "$ midge sub -p 1884 -u ann -P secret-of-ann -t 'home/#' -v --retained-only -W 8": (
      { machine },
    ) => untilSucceeds(machine, `midge sub -p 1884 ${asAnn} -t home/hall -C 1 -W 30`),
  },
});
