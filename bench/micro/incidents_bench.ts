/** What a dropped message costs beside its counter: of one topic, of many topics of one client. */
import { Drop, Drops } from "../../lib/broker/drops.ts";
import { Incidents, type Loser } from "../../lib/broker/incidents/incidents.ts";

const drops = new Drops();
const incidents = new Incidents(() => Date.now());
const loser: Loser = { clientId: "slow", username: undefined, address: "", lastDrop: undefined };
const topics = Array.from({ length: 1000 }, (_, i) => `plant/line/${i}/temperature`);
let at = 0;

Deno.bench("the counter of drops alone", () => drops.add(Drop.SLOW_CLIENT));

Deno.bench("an incident like the last one", () => {
  incidents.dropped(loser, "plant/line/1/temperature", "receive", Drop.SLOW_CLIENT, "");
});

Deno.bench("incidents of a thousand topics in turn", () => {
  incidents.dropped(loser, topics[at = (at + 1) % 1000]!, "receive", Drop.SLOW_CLIENT, "");
});
