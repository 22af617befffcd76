/** One row of the table of scenarios. */
import type { Stage } from "./stage.ts";

/** A sequence with clients of one library. */
export interface Scenario5 {
  readonly title: string;
  /** Needs Midge's configuration, or what mosquitto 2.0 has not. */
  readonly only?: "midge";
  run(stage: Stage): Promise<void>;
}
