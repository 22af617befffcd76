/**
 * What deciding hooks are asked, and what they may answer. Invariant: every question is one object, so that
 * fields can be added; types only.
 */
import type { QoS, ReturnCode } from "../wire/packets.ts";
import type { ClientView } from "./types.ts";

/** What sources of access decisions are asked. */
export type AccessQuestion = "authenticate" | "superuser" | "authorize" | "receive";

/** An answer of a deciding hook with more to say. */
export interface Decision {
  /** The answer; undefined: no opinion. */
  result: "allow" | "deny" | undefined;
  /** authenticate: the client skips publish, subscribe and receive checks. */
  superuser?: boolean;
  /** authenticate: the name the client goes by from now on. */
  username?: string;
  /** authenticate: CONNACK's return code of a refusal. */
  returnCode?: ReturnCode;
  /** For people: the rule, row or line that decided; `midge acl explain` prints it. */
  because?: string;
  /**
   * The source could not answer and this is what it says instead (`on_error`). Such a ruling is not
   * remembered and takes no right away that is in use. With an undefined result: no opinion, and why.
   */
  failed?: boolean;
}

/** A deciding hook's answer; undefined means: no opinion, ask the next. */
export type Verdict = "allow" | "deny" | Decision | undefined;

/** Asked at CONNECT. */
export interface AuthenticateRequest {
  /** Who wants to come in. */
  readonly client: ClientView;
  /** Borrowed: valid during the call; copy to keep. */
  readonly password: Uint8Array | undefined;
  /** Fires when the answer is no longer wanted. */
  readonly signal: AbortSignal;
  /**
   * Has this done before the client hears of a refusal, from whichever source it comes; not when it is let in. For
   * work that makes an unknown user cost what a known one costs. Where there is none: do it at once.
   */
  readonly beforeRefusal?: ((work: () => Promise<unknown>) => void) | undefined;
}

/** A step of MQTT 5's enhanced authentication: CONNECT's data at first, then those of each AUTH. */
export interface AuthenticateStepRequest {
  /** Who wants to come in, or to prove anew who it is. */
  readonly client: ClientView;
  /** The authentication method: `SCRAM-SHA-256`, ... */
  readonly method: string;
  /** What the client sent. Borrowed: valid during the call; copy to keep. Undefined: nothing. */
  readonly data: Uint8Array | undefined;
  /** 0 at first. */
  readonly step: number;
  /** The same object in every step of one exchange, and in no other's: the key of a WeakMap for what you keep of it. */
  readonly exchange: object;
  /** Is the client let in already, so that the name must stay what it is? */
  readonly isReauthentication: boolean;
  /** Fires when the answer is no longer wanted. */
  readonly signal: AbortSignal;
}

/** An answer to a step. */
export interface StepDecision {
  /** `continue`: the client is sent AUTH with `data`, and what it answers is the next step. */
  result: "continue" | "allow" | "deny";
  /** For the client: in AUTH, or in CONNACK. */
  data?: Uint8Array;
  /** allow: the name the client goes by from now on. continue: whom it claims to be, for the limits of failed logins. */
  username?: string;
  /** allow: the client skips publish, subscribe and receive checks. */
  superuser?: boolean;
  /** deny: CONNACK's return code, as 3.1.1 has them. */
  returnCode?: ReturnCode;
  /** For people. */
  because?: string;
}

/** The answer to a step; undefined at step 0: not a method of mine, ask the next. */
export type StepVerdict = "deny" | StepDecision | undefined;

/** Asked for each PUBLISH and for each filter of a SUBSCRIBE (verdicts are cached). */
export interface AuthorizeRequest {
  /** Who wants to. */
  readonly client: ClientView;
  /** What the client wants to do. */
  readonly action: "publish" | "subscribe";
  /** The topic name, or the topic filter without its `$share/GROUP/` or `$queue/`. */
  readonly topic: string;
  /** Of the message, or the QoS asked for. */
  readonly qos: QoS;
  /** The RETAIN flag of the message; false for subscribe. */
  readonly retain: boolean;
  /** Fires when the answer is no longer wanted. */
  readonly signal: AbortSignal;
}

/** Asked for each delivery, of sources that have receive rules; answered from memory. */
export interface ReceiveRequest {
  /** Who would get the message. */
  readonly client: ClientView;
  /** The topic name of the message. */
  readonly topic: string;
  /** What the message was published with. */
  readonly qos: QoS;
  /** What the message was published with. */
  readonly retain: boolean;
}
