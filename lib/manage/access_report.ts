/** An explanation of an access decision, as it goes over the wire: the schema of AccessReport. */
import {
  array,
  boolean,
  type GenericSchema,
  nullable,
  number,
  object,
  optional,
  picklist,
  string,
} from "valibot";
import type { Action } from "../plugin/types.ts";
import type { QoS } from "../wire/packets.ts";

/** One source's answer. */
export interface AccessStep {
  /** The plugin's name. */
  readonly source: string;
  /** What it said; `ignore`: no opinion, `error`: it failed. */
  readonly answer: "allow" | "deny" | "ignore" | "error";
  /** The rule, row or line, or what failed. */
  readonly because?: string | undefined;
  /** How long the answer took. */
  readonly microseconds: number;
}

/** What a client's cache remembers of a question. */
export interface RememberedVerdict {
  /** What it comes to. */
  readonly verdict: "allow" | "deny";
  /** Who decided, and why. */
  readonly because: string;
  /** How long it still holds. */
  readonly seconds: number;
}

/** A verdict and how it comes about; plain data. */
export interface AccessReport {
  /** Who was asked about; null: without a username. */
  readonly client: {
    readonly clientId: string;
    readonly username: string | null;
    readonly address: string;
    readonly superuser: boolean;
    readonly connected: boolean;
  };
  /** What the client wants to do. */
  readonly action: Action;
  /** A topic name; of subscribe a topic filter. */
  readonly topic: string;
  /** Of the message, or the QoS asked for. */
  readonly qos: QoS;
  /** The RETAIN flag of the message. */
  readonly retain: boolean;
  /** What it comes to. */
  readonly verdict: "allow" | "deny";
  /** Who decided and why: a source with its rule, `acl_nomatch`, `superuser`, or a law of the broker. */
  readonly because: string;
  /** What the client gets to see; empty where it is allowed. */
  readonly effect: string;
  /** The sources that were asked, in order. */
  readonly sources: readonly AccessStep[];
  /** The sources that were not, since one before them had decided. */
  readonly notAsked: readonly string[];
  /** The settings that the verdict follows from. */
  readonly settings: {
    readonly combine: "first" | "all";
    readonly nomatch: "allow" | "deny";
    readonly denyAction: "ignore" | "disconnect";
    readonly wildcards: "strict" | "emqx";
  };
  /** The client's memory of verdicts. */
  readonly cache: {
    /** Answers for one client; 0: off. */
    readonly maxSize: number;
    /** Seconds; null: for ever. */
    readonly ttl: number | null;
    /** Null: nothing of this question. */
    readonly remembered: RememberedVerdict | null;
  };
}

const VERDICT = picklist(["allow", "deny"]);

/** The schema of a report. */
export const ACCESS_REPORT: GenericSchema<AccessReport> = object({
  client: object({
    clientId: string(),
    username: nullable(string()),
    address: string(),
    superuser: boolean(),
    connected: boolean(),
  }),
  action: picklist(["publish", "subscribe", "receive"]),
  topic: string(),
  qos: picklist([0, 1, 2]),
  retain: boolean(),
  verdict: VERDICT,
  because: string(),
  effect: string(),
  sources: array(object({
    source: string(),
    answer: picklist(["allow", "deny", "ignore", "error"]),
    because: optional(string()),
    microseconds: number(),
  })),
  notAsked: array(string()),
  settings: object({
    combine: picklist(["first", "all"]),
    nomatch: VERDICT,
    denyAction: picklist(["ignore", "disconnect"]),
    wildcards: picklist(["strict", "emqx"]),
  }),
  cache: object({
    maxSize: number(),
    ttl: nullable(number()),
    remembered: nullable(object({ verdict: VERDICT, because: string(), seconds: number() })),
  }),
});
