/** Questions about access that people ask. Pure. */
import type { Action, ClientView } from "../../plugin/types.ts";
import type { QoS } from "../../wire/packets.ts";

/** A client that might come, as far as rules can see it. */
export type ImaginedClient =
  & Partial<Pick<ClientView, "clientId" | "username" | "address" | "certificate">>
  /** Undefined: the sources that know superusers apart from a login are asked. */
  & { readonly superuser?: boolean | undefined };

/** What is to be explained. */
export interface ExplainRequest {
  /** The client id of a session, or a client that might come. */
  readonly client: string | ImaginedClient;
  /** What the client wants to do. */
  readonly action: Action;
  /** A topic name; for subscribe a topic filter as clients write it, `$share/GROUP/` included. */
  readonly topic: string;
  /** Default 0. */
  readonly qos?: QoS | undefined;
  /** Default false. */
  readonly retain?: boolean | undefined;
}

/** What is asked, for people. */
export function questionText(
  { action, topic, qos, retain }: Pick<ExplainRequest, "action" | "topic" | "qos" | "retain">,
): string {
  return `${action} ${topic}, qos ${qos ?? 0}${retain ? ", retain" : ""}`;
}
