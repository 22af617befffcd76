/** docs/tutorials/node_red.md, followed with the Node-RED that tests/integration/home/install.sh has installed. */
import { MISSING, PROGRAMS } from "../integration/home/programs.ts";
import { tutorial, untilSucceeds } from "./tutorial.ts";

tutorial("node_red.md", {
  missing: MISSING,
  typed: {
    "midge init --user ann --password-stdin --yes": "warm-rooms\n",
    "midge passwd passwords node-red": "red-flows\n",
  },
  stays: { "node-red": /Server now running at/ },
  async before({ machine }) {
    const program = `${PROGRAMS}/node_modules/node-red/red.js`;
    await machine.install("node-red", `#!/bin/sh\nexec node '${program}' "$@"\n`);
  },
  at: {
    "$ midge sub -u ann -P warm-rooms -t 'house/+/heating' -v": ({ machine }) =>
      untilSucceeds(machine, "midge sub -u ann -P warm-rooms -t house/node-red -C 1 -W 30"),
  },
});
