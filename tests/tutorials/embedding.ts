/** docs/tutorials/embedding.md: its program and its tests run as they stand there. */
import { REPOSITORY } from "./machine.ts";
import { tutorial } from "./tutorial.ts";

tutorial("embedding.md", {
  stays: { "deno run --allow-net --allow-read main.ts": /^the greenhouse is at/ },
  at: {
    "mkdir greenhouse && cd greenhouse": async ({ machine, terminal }) => {
      await machine.mustRun(`ln -s '${REPOSITORY}' '${terminal.folder}/midge'`);
    },
  },
});
