/** What a broker is given beside its configuration and its clock. */
import type { Bus } from "../../bus/bus.ts";
import type { OpenLog } from "./storage.ts";

/** Parts that are made elsewhere. */
export interface BrokerParts {
  /** Undefined: the storage is the folder that the configuration names. */
  readonly openLog?: OpenLog | undefined;
  /** To brokers that are one with this one; undefined: it is alone. */
  readonly bus?: Bus | undefined;
}
