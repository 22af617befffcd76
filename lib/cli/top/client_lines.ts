/** One client in lines for `midge top`: its connection, its session, its subscriptions, what was refused. Pure. */
import type { ResultOf, RowOf } from "../../manage/commands.ts";
import { incidentLines } from "../ctl/reason_text.ts";
import { versionOf } from "../ctl/tables.ts";
import { sizeText, timeText } from "./cells.ts";

/** What the broker said of it; a text: why it did not. */
export interface ClientAnswers {
  readonly client: ResultOf<"client"> | string;
  readonly session: ResultOf<"session"> | string;
  readonly why: readonly RowOf<"why">[] | string;
}

/** All of it. */
export function clientLines({ client, session, why }: ClientAnswers): string[] {
  return [
    ...(typeof client === "string" ? [client] : connectionLines(client)),
    "",
    ...(typeof session === "string" ? [session] : sessionLines(session)),
    "",
    "why, in the last hour",
    ...(typeof why === "string" ? [why] : whyLines(why)),
  ];
}

function connectionLines(detail: ResultOf<"client">): string[] {
  const { client, connect, certificate } = detail;
  const { username, address, port, listener, transport, seconds } = client;
  return [
    `user ${username ?? "-"}   from ${address} ${port}   by ${listener} (${transport})   MQTT ${
      versionOf(client)
    }   since ${timeText(seconds)}`,
    `received ${sizeText(client.bytesReceived)}   sent ${
      sizeText(client.bytesSent)
    }   waiting to be written ${sizeText(client.backlog)}   keep-alive ${client.keepAlive} s${
      client.superuser ? "   superuser" : ""
    }`,
    ...(certificate === null ? [] : [`certificate ${certificate.subject}`]),
    ...connect,
    ...client.waits.map((one) => `waits: ${one}`),
  ];
}

function sessionLines({ session, subscriptions, queue, inflight }: ResultOf<"session">): string[] {
  const kept = session.cleanSession
    ? "ends with its connection"
    : session.expirySeconds === null
    ? "kept for ever"
    : `kept for ${timeText(session.expirySeconds)}`;
  const waiting = [...inflight, ...queue];
  return [
    `session ${kept}   queued ${session.queuedMessages}   under way ${session.inflightIn} in, ${session.inflightOut} out`,
    `subscriptions ${session.subscriptions}`,
    ...subscriptions.map(({ topicFilter, qos }) => `  ${qos}  ${topicFilter}`),
    ...(waiting.length === 0 ? [] : ["messages"]),
    ...waiting.map(({ state, qos, bytes, topicName }) =>
      `  ${state.padEnd(8)} ${qos}  ${sizeText(bytes).padStart(6)}  ${topicName}`
    ),
  ];
}

function whyLines(incidents: readonly RowOf<"why">[]): string[] {
  return incidents.length === 0 ? ["nothing was refused"] : incidents.flatMap(incidentLines);
}
