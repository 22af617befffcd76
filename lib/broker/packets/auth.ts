/**
 * AUTH, MQTT 5.0 sections 3.15 and 4.12: logins step by step, and clients that prove anew who they are. Invariants:
 * until its CONNACK a client with a method sends AUTH and DISCONNECT alone [MQTT-3.1.2-30]; one that proves itself anew
 * is served meanwhile, and stays who it is; authentication data reach no log.
 */
import { type Admission, refused } from "../../access/chain/admission.ts";
import type { LoginAttempt } from "../../access/chain/login_gate.ts";
import { shown } from "../../shown.ts";
import { messageOf } from "../../user_error.ts";
import { pause } from "../../wait.ts";
import { type CodedReason, ReasonCode } from "../../wire/codes.ts";
import { decodePacket } from "../../wire/codec.ts";
import { isPeerFault, ProtocolError } from "../../wire/errors.ts";
import type { AuthPacket, ConnectPacket } from "../../wire/packets.ts";
import { Authentication } from "../authentication.ts";
import type { Client } from "../client.ts";
import { type Exchange, sendAuth, TOO_LARGE } from "../exchange.ts";
import { enterGate, noteLogin, TOO_MANY_FAILED } from "./login.ts";

const LEFT: CodedReason = { code: ReasonCode.SUCCESS, text: "disconnected by the client" };

/** For the client: why stands in the log, and may tell who is known here. */
const REFUSED = "re-authentication refused";

/**
 * Handles a CONNECT that may have a method: then `admit` goes on step by step, and so does the connection.
 * @param admit answers CONNECT
 */
export function admitInSteps(
  client: Client,
  { properties }: ConnectPacket,
  admit: () => Promise<void>,
): Promise<void> {
  const method = properties?.authenticationMethod;
  if (method === undefined) return admit();
  client.authentication = new Authentication(client, method);
  return client.authentication.during(admit());
}

/** May this client, whose CONNECT has a method, come in? Bounded in time; rejects for a fault of ours alone. */
export async function authenticateEnhanced(
  client: Client,
  { properties }: ConnectPacket,
  attempt: LoginAttempt,
): Promise<Admission> {
  const authentication = client.authentication!;
  const exchange = authentication.begin();
  try {
    const steps = stepsOf(client, exchange, false);
    const admission = await exchange.decide(steps, properties?.authenticationData, attempt);
    authentication.last = admission.properties;
    return admission;
  } finally {
    authentication.end();
  }
}

/** Handles a frame of a client in the middle of its login. */
export function handleLoginFrame(client: Client): void | Promise<void> {
  const { exchange } = client.authentication!;
  try {
    const { bytes, cursor } = client.connection.inbound;
    const packet = decodePacket(bytes, cursor, client.info.protocolLevel);
    if (packet.type === "disconnect") {
      client.will = undefined;
      return client.connection.closeAfterFlush(LEFT);
    }
    if (packet.type !== "auth") {
      const name = packet.type.toUpperCase();
      throw new ProtocolError(`${name} in the middle of an authentication`, "MQTT-3.1.2-30");
    }
    checkMethod(client, packet);
    exchange?.received(packet, cursor.end - cursor.start);
  } catch (error) {
    if (!isPeerFault(error)) throw error;
    exchange?.refuse(error);
  }
  return client.authentication!.untilItWaits();
}

/**
 * Handles AUTH of a client that is let in.
 * @throws ProtocolError for one without a method in CONNECT, another method, and one out of turn
 */
export function handleAuth(client: Client, packet: AuthPacket): void {
  const { authentication } = client;
  if (authentication === undefined) {
    throw new ProtocolError("AUTH of a client that has no authentication method", "MQTT-4.12.0-7");
  }
  checkMethod(client, packet);
  const { exchange } = authentication;
  const { cursor } = client.connection.inbound;
  if (exchange !== undefined) return exchange.received(packet, cursor.end - cursor.start);
  if (packet.reasonCode !== ReasonCode.REAUTHENTICATE) {
    const code = packet.reasonCode;
    throw new ProtocolError(`AUTH with reason code ${code} while none is under way`, "3.15.2.1");
  }
  void reauthenticate(client, authentication, packet.properties?.authenticationData?.slice());
}

/** @throws ProtocolError for AUTH of another method than CONNECT's [MQTT-4.12.0-5] [MQTT-4.12.1-1] */
function checkMethod({ authentication }: Client, { properties }: AuthPacket): void {
  const method = properties?.authenticationMethod;
  if (method === authentication!.method) return;
  const got = method === undefined ? "none" : shown(method);
  const expected = shown(authentication!.method);
  throw new ProtocolError(`AUTH of method ${got}, CONNECT's is ${expected}`, "MQTT-4.12.0-5");
}

function stepsOf(client: Client, waiter: Exchange, isReauthentication: boolean) {
  const { core, info } = client;
  const { method } = client.authentication!;
  const question = { client: info, method, isReauthentication, waiter };
  return core.access.authenticateInSteps(question, (source) => core.access.asksInSteps(source));
}

/** Beside the packets that the client goes on sending. Never rejects. */
async function reauthenticate(
  client: Client,
  authentication: Authentication,
  data: Uint8Array | undefined,
): Promise<void> {
  const exchange = authentication.beginAgain();
  let admission: Admission;
  try {
    admission = await decide(client, exchange, data);
  } catch (error) {
    client.core.logs.faults.error(`${client.info}: its re-authentication failed`, { error });
    admission = refused(ReasonCode.SERVER_UNAVAILABLE, "a fault of the broker");
  }
  authentication.end();
  if (client.ownsSession && !client.core.isStopping) conclude(client, admission);
}

async function decide(
  client: Client,
  exchange: Exchange,
  data: Uint8Array | undefined,
): Promise<Admission> {
  const { core } = client;
  const delay = client.authentication!.delay();
  if (delay > 0) await pause(core.clock, delay, client.signal).catch(() => {}); // it has left
  const attempt = await enterGate(client.core, client.info, client, undefined);
  if (attempt === undefined) return refused(TOO_MANY_FAILED.code, TOO_MANY_FAILED.text);
  const admission = await exchange.decide(stepsOf(client, exchange, true), data, attempt);
  await noteLogin(attempt, admission);
  return admission;
}

/** Tells the client, and acts on it: other rights, or the end of its connection [section 4.12.1]. */
function conclude(client: Client, admission: Admission): void {
  const { core, info, connection } = client;
  const isSame = (admission.username || undefined) === info.username;
  if (!admission.allowed || !isSame) {
    const code = admission.allowed ? ReasonCode.NOT_AUTHORIZED : admission.reason.code;
    const why = admission.allowed ? "it came as another user" : admission.reason.text;
    core.logs.refusals.warn(`${info} ${REFUSED}: ${why}`);
    const [kind, action, topic] = ["login", "authenticate again", null] as const;
    core.incidents.note(info, { kind, action, topic, code, reason: REFUSED, rule: why });
    return void connection.closeAfterFlush({ code, text: REFUSED });
  }
  info.superuser = admission.superuser;
  client.forgetVerdicts();
  core.rights.changed(client.session).catch((error: unknown) =>
    core.logger.error(`checking ${info} again failed: ${messageOf(error)}`)
  );
  const { properties } = admission;
  if (!sendAuth(client, { type: "auth", reasonCode: ReasonCode.SUCCESS, properties })) {
    return void connection.closeAfterFlush(TOO_LARGE);
  }
  core.logger.debug(`${info} has authenticated again`);
}
