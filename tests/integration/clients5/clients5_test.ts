/**
 * Foreign clients of MQTT 5 against the broker: every scenario with every library. A library that is not installed is skipped,
 * and its test's name says so; MIDGE_REQUIRE_ALL=1 makes that a failure. MIDGE_TEST_BROKER=HOST:PORT tries another broker in
 * Midge's place.
 */
import { OTHER_BROKER } from "../clients/broker_under_test.ts";
import { optionalTest } from "../../support/optional.ts";
import type { AgentCommand5 } from "./agent.ts";
import { LIBRARIES } from "./libraries.ts";
import type { Scenario5 } from "./scenario.ts";
import { SCENARIOS5 } from "./scenarios.ts";
import { Stage } from "./stage.ts";

for (const library of LIBRARIES) {
  const missing = await library.missing();
  for (const scenario of SCENARIOS5) register(library, scenario, missing);
}

function register(library: AgentCommand5, scenario: Scenario5, missing: string | undefined): void {
  const { title } = scenario;
  // What a library cannot do is known, and no reason to fail.
  if (library.lacks[title] !== undefined) return;
  if (OTHER_BROKER !== undefined && scenario.only === "midge") return;
  optionalTest(missing, `${library.name}, MQTT 5: ${title}`, async () => {
    await using stage = await Stage.open(library, OTHER_BROKER);
    await scenario.run(stage);
  });
}
