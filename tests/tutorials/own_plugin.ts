/** docs/tutorials/own_plugin.md: its plugin is refused, loaded, reloaded and tested as the page says. */
import { REPOSITORY } from "./machine.ts";
import { tutorial } from "./tutorial.ts";

tutorial("own_plugin.md", {
  fails: ["sed 's/until: 24/until: 25/' config.yaml > wrong.yaml && midge check -c wrong.yaml"],
  at: {
    "deno.json": async ({ machine }) => void await machine.mustRun(`ln -s '${REPOSITORY}' ~/midge`),
  },
});
