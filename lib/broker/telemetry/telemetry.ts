/**
 * What OpenTelemetry gets to see, as the broker's hot paths know it. Invariant: types, and a look whether there is any;
 * nothing is loaded where there is none.
 */
import type { Admission } from "../../access/chain/admission.ts";
import type { Question } from "../../access/chain/requests.ts";
import type { Ruling } from "../../access/chain/walk.ts";
import type { MaybePromise } from "../../plugin/types.ts";
import type { OutgoingPublish } from "../../session/outgoing.ts";
import type { Core } from "../core.ts";
import type { Route } from "../route.ts";

/** Spans around what the broker does anyway. Each gives what its work gives. */
export interface Telemetry {
  /** May this client come in? */
  login(
    client: { readonly clientId: string; readonly address: string },
    work: () => Promise<Admission>,
  ): Promise<Admission>;
  /** May it publish, or subscribe? */
  authorize(question: Question, work: () => MaybePromise<Ruling>): MaybePromise<Ruling>;
  /** A client's message goes to its receivers. */
  deliver(
    publish: OutgoingPublish,
    route: Route,
    work: () => void | Promise<void>,
  ): void | Promise<void>;
}

/** Where Deno leaves its providers when it was started with OTEL_DENO=true: an agreement of OpenTelemetry's API. */
const PROVIDERS = Symbol.for("opentelemetry.js.api.1");

/** Takes it up where Deno's own switch is on. */
export async function openTelemetry(core: Core): Promise<void> {
  if (!(PROVIDERS in globalThis)) return;
  // A computed name: Deno would fetch OpenTelemetry's package at every first start if it could see it.
  const { Spans }: typeof import("./spans.ts") = await import(
    new URL("./spans.ts", import.meta.url).href
  );
  core.telemetry = new Spans(core.clock);
}
