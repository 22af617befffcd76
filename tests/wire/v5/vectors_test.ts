/** Every vector of MQTT 5 through the codec: whole, in pieces, in company, and back again. */
import { testBad, testGood } from "../vector_cases.ts";
import { BAD } from "./faults.ts";
import { GOOD } from "./packets.ts";

for (const vector of GOOD) testGood(vector, 5);
for (const vector of BAD) testBad(vector, 5);
