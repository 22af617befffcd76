/**
 * The suite of each version: statements, sequences, and where its outcomes and its document stand. Invariant: Midge's
 * client is loaded only with `client`, so that testing another broker loads nothing of Midge.
 */
import type { ClientSequence, Sequence } from "./sequence.ts";
import { SEQUENCES } from "./sequences/all.ts";
import { SEQUENCES_5 } from "./sequences5/all.ts";
import { type Statement, STATEMENTS } from "./statements.ts";
import { STATEMENTS_5 } from "./statements5.ts";
import type { Version } from "./words.ts";

/** What there is to test for one version of MQTT. */
export interface VersionSuite {
  readonly version: Version;
  /** `MQTT 5.0`. */
  readonly title: string;
  /** When OASIS published it. */
  readonly published: string;
  readonly statements: readonly Statement[];
  readonly broker: readonly Sequence[];
  /** The sequences for Midge's client. */
  readonly client: () => Promise<readonly ClientSequence[]>;
  /** The stored outcomes. */
  readonly results: URL;
  /** The document made from them, from the root of the repository. */
  readonly document: string;
  /** Where Midge does not do what a statement says to the letter, on purpose: lines of Markdown. */
  readonly deviations: readonly string[];
}

const DEVIATIONS_4 = [
  "- MQTT-3.1.2-24: bytes of a packet that has not come whole yet count for keep-alive, while at least 1 KiB comes in a",
  "  keep-alive interval. To the letter only a whole packet counts, and a slow line could never send a large one.",
  "- MQTT-4.3.2-2, MQTT-4.3.3-2: a message over `max_packet_size`, to a topic that begins with `$`, or that the rules deny",
  "  is acknowledged and dropped: its client would send it again for ever.",
  "- MQTT-3.1.2-8: with `storage` the will of a client that was connected when the broker stopped, or ended otherwise,",
  "  waits for `will_grace` (30 s) after the start for the client to come back, and is published then. To the letter",
  "  every restart would say of every device that it is gone.",
];

const DEVIATIONS_5 = [
  "- MQTT-3.1.2-22: bytes of a packet that has not come whole yet count for keep-alive, while at least 1 KiB comes in a",
  "  keep-alive interval. To the letter only a whole packet counts, and a slow line could never send a large one.",
];

/** The suites by version. */
export const SUITES: Readonly<Record<Version, VersionSuite>> = {
  4: {
    version: 4,
    title: "MQTT 3.1.1",
    published: "29 October 2014",
    statements: STATEMENTS,
    broker: SEQUENCES,
    client: async () => (await import("./client/all.ts")).CLIENT_SEQUENCES,
    results: new URL("./results.json", import.meta.url),
    document: "docs/CONFORMANCE.md",
    deviations: DEVIATIONS_4,
  },
  5: {
    version: 5,
    title: "MQTT 5.0",
    published: "7 March 2019",
    statements: STATEMENTS_5,
    broker: SEQUENCES_5,
    client: async () => (await import("./client5/all.ts")).CLIENT_SEQUENCES_5,
    results: new URL("./results5.json", import.meta.url),
    document: "docs/CONFORMANCE_5.md",
    deviations: DEVIATIONS_5,
  },
};
