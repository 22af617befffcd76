/** The statements that bind a client, as tests of Midge's client; each has a listener of its own. */
import { CLIENT_SEQUENCES } from "./client/all.ts";
import { ClientStage } from "./client_stage.ts";
import { nameOf } from "./sequence.ts";

for (const sequence of CLIENT_SEQUENCES) {
  Deno.test(`client ${nameOf(sequence)}`, async () => {
    const stage = new ClientStage();
    try {
      await sequence.run(stage);
    } finally {
      await stage.dispose();
    }
  });
}
