/** docs/tutorials/from_amqtt.md, followed beside aMQTT itself. */
import { dirname } from "node:path";
import { tryCommand } from "../integration/clients/child.ts";
import { type Reader, tutorial } from "./tutorial.ts";

const python = Deno.env.get("MIDGE_PYTHON") ?? "python3";
const amqtt = python.includes("/") ? `${dirname(python)}/amqtt` : "amqtt";

const HASHES = `
from pwdlib.hashers.argon2 import Argon2Hasher
for user in ["ann", "lamp"]:
    print(user + ":" + Argon2Hasher().hash("secret-of-" + user))`;

const stop = ({ terminal }: Reader) => terminal.stopAll();

tutorial("from_amqtt.md", {
  missing: await tryCommand(python, ["-c", "import amqtt"]) && `${python} has no amqtt`,
  fails: ["midge pub -p 1884 -u ann -P wrong -t home/kitchen -m cold"],
  async before({ machine }) {
    await machine.install("amqtt", `#!/bin/sh\nexec ${amqtt} "$@"\n`);
  },
  at: {
    "$ midge check -c amqtt.yaml": async ({ machine, terminal }) => {
      await machine.mustRun(`cd ${terminal.folder} && ${python} -c '${HASHES}' > passwd`);
      await machine.mustRun(
        `cd ${terminal.folder} && (nohup amqtt -c amqtt.yaml >amqtt.log 2>&1 & echo $! >amqtt.pid)
        until midge pub -p 1883 -u ann -P secret-of-ann -t home/hall -m 19.5 -r -q 1; do sleep 0.1; done`,
      );
    },
    "rm -r rehearsal rehearsal.yaml": stop,
    "$ midge start -c config.yaml": async ({ machine, terminal }) => {
      await terminal.stopAll();
      await machine.mustRun(
        `cd ${terminal.folder} && kill $(cat amqtt.pid) && while kill -0 $(cat amqtt.pid); do sleep 0.05; done`,
      );
    },
  },
});
