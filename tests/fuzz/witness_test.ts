/** A witness sees what a broker does wrong, and nothing where it does all right. */
import { assertEquals } from "@std/assert";
import { tcpTarget } from "../../lib/cli/load/target.ts";
import { startBroker } from "../support/running_broker.ts";
import { until } from "../support/until.ts";
import { type Defect, FalseBroker } from "./false_broker.ts";
import { Witness } from "./witness.ts";

const ROUNDS = 5;

/** Five messages at each QoS through a broker with a defect; `isDone` ends the wait. */
async function testimony(defect: Defect, isDone: (witness: Witness) => boolean) {
  await using broker = new FalseBroker(defect);
  let time = 0;
  const witness = await Witness.open(tcpTarget(broker.address), "w", () => time);
  for (let round = 0; round < ROUNDS; round++) witness.send();
  await witness.enter();
  await until(() => {
    time += 1000; // what hangs is found by the witness's own clock
    return isDone(witness);
  }, "what was expected of the witness");
  return await witness.close();
}

const complains = (witness: Witness) => witness.complaints.length > 0;
const settles = (witness: Witness) => witness.isSettled;

Deno.test("a witness of a broker without a fault has nothing to say", async () => {
  const { findings, measured } = await testimony("none", settles);
  assertEquals(findings, []);
  assertEquals([measured["sent"], measured["received"]], [15, 15]);
});

Deno.test("and neither has one of Midge", async () => {
  await using running = await startBroker({ plugins: { auth_anonymous: null } });
  const witness = await Witness.open(tcpTarget(running.address), "w");
  for (let round = 0; round < 20; round++) witness.send();
  await witness.enter();
  await until(() => witness.isSettled, "all messages");
  assertEquals((await witness.close()).findings, []);
});

Deno.test("a lost message is seen, at each QoS", async () => {
  const { findings } = await testimony("loses", complains);
  assertEquals(
    findings.filter((line) => line.includes("did not come")),
    [0, 1, 2].map((qos) => `the witness: 1 of 5 messages at QoS ${qos} did not come`),
  );
});

Deno.test("a doubled message is seen, at each QoS", async () => {
  const { findings } = await testimony("doubles", settles);
  assertEquals(
    findings,
    [0, 1, 2].map((qos) =>
      `the witness: 1 of 5 messages at QoS ${qos} came twice, or were never sent`
    ),
  );
});

Deno.test("an acknowledgement that does not come is seen", async () => {
  const { findings } = await testimony("keepsAck", complains);
  assertEquals(
    findings,
    [1, 2].map((qos) => `the witness: 1 of 5 messages at QoS ${qos} were not acknowledged`),
  );
});

Deno.test("messages in another order are seen", async () => {
  const { findings } = await testimony("swaps", settles);
  assertEquals(findings.some((line) => line.includes("came out of order")), true);
});

Deno.test("a connection that the broker ends is seen", async () => {
  const { findings } = await testimony("ends", complains);
  assertEquals(findings[0], "the witness: the subscriber's connection was ended by the broker");
});
