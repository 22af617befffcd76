/** The statements of each version that bind a client, as tests of Midge's client; each has a listener of its own. */
import { ClientStage } from "./client_stage.ts";
import { nameOf } from "./sequence.ts";
import { SUITES } from "./suites.ts";

for (const suite of [SUITES[4], SUITES[5]]) {
  const version = suite.version === 4 ? "" : `${suite.version} `;
  for (const sequence of await suite.client()) {
    Deno.test(`client ${version}${nameOf(sequence)}`, async () => {
      const stage = new ClientStage();
      try {
        await sequence.run(stage);
      } finally {
        await stage.dispose();
      }
    });
  }
}
