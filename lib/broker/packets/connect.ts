/**
 * CONNECT, section 3.1: who is it, may it come in, whose session does it get. Invariants: authentication comes before
 * takeover, so a refused CONNECT never touches another's session; CONNACK is the first packet that leaves
 * [MQTT-3.2.0-1]; passwords never reach the log.
 */
import type { Admission } from "../../access/chain/admission.ts";
import type { LoginAttempt } from "../../access/chain/login_gate.ts";
import { type CloseReason, type CodedReason, ReasonCode } from "../../wire/codes.ts";
import { decodeConnect, encodePacket } from "../../wire/codec.ts";
import { byteLength } from "../../wire/utf8.ts";
import { UnsupportedProtocolLevelError } from "../../wire/errors.ts";
import type { ConnectPacket } from "../../wire/packets.ts";
import { claimSession } from "../bus/claim.ts";
import { bannedBy } from "../bans.ts";
import { takeCertificateNames } from "../certificate_names.ts";
import type { Client } from "../client.ts";
import type { ClientInfo } from "../client_info.ts";
import type { Core } from "../core.ts";
import { limitReading } from "../read_limits.ts";
import { decideInTime, enterGate, noteLogin, TOO_MANY_FAILED } from "./login.ts";
import { admissionOf, takeUser } from "./proven.ts";
import type { BrokerSession } from "../sessions.ts";
import { admitInSteps, authenticateEnhanced } from "./auth.ts";
import { isConnect, looksLikeTls, notConnect, saysLevel5, turnAway } from "./opening.ts";
import { agree, expiryIntervalOf, welcomeProperties } from "./terms.ts";
import { refuse, refuseLogin } from "./refuse.ts";
import { takeWill } from "./will.ts";

const ANOTHERS: CodedReason = {
  code: ReasonCode.CLIENT_IDENTIFIER_NOT_VALID,
  text: "the session of this client id is another user's (takeover: same_user)",
};

const TAKEN_OVER: CloseReason = {
  code: ReasonCode.SESSION_TAKEN_OVER,
  text: "session taken over",
};

/** Before anything of the session: what it was told last counts. */
const NO_CONNACK: CloseReason = {
  code: ReasonCode.PACKET_TOO_LARGE,
  text: "CONNACK is larger than the client's maximum packet size [MQTT-3.1.2-24]",
};

const NO_SESSION: CodedReason = {
  code: ReasonCode.QUOTA_EXCEEDED,
  text: "max_sessions is reached",
};

const NOT_STORED: CodedReason = {
  code: ReasonCode.SERVER_UNAVAILABLE,
  text: "a session cannot be kept: the storage takes nothing",
};

/** Handles the first packet of a connection. */
export function handleConnect(client: Client): Promise<void> {
  const { inbound } = client.connection;
  const { header, start, end } = inbound.cursor;
  if (!isConnect(header)) return turnAway(client, notConnect());
  client.phase = "connecting";
  client.core.connections.introduced++;
  let packet;
  try {
    packet = decodeConnect(inbound.bytes, inbound.cursor);
  } catch (error) {
    if (looksLikeTls(header)) return turnAway(client, error);
    if (!(error instanceof UnsupportedProtocolLevelError)) {
      if (saysLevel5(inbound.bytes.subarray(start, end))) client.info.protocolLevel = 5;
      throw error;
    }
    client.info.clientId = error.clientId ?? "";
    return refuse(client, error); // [MQTT-3.1.2-2]
  }
  client.info.connectWith(packet);
  agree(client, packet);
  const unwilled = packet.will && takeWill(client, packet.will);
  if (unwilled !== undefined) return refuse(client, unwilled);
  const barred = client.user && takeUser(client, client.user);
  if (barred !== undefined) return refuse(client, barred);
  const nameless = takeNames(client);
  if (nameless !== undefined) {
    return refuse(client, { code: ReasonCode.NOT_AUTHORIZED, text: nameless });
  }
  return admitInSteps(client, packet, () => admit(client, packet));
}

/** Its certificate's names, where its listener goes by them; why it has none of its own. */
function takeNames({ info, door, core, user }: Client): string | undefined {
  const { certificateNames } = door;
  if (certificateNames === undefined || user !== undefined) return undefined;
  return takeCertificateNames(info, certificateNames, core.config.limits.maxClientIdLength);
}

async function admit(client: Client, packet: ConnectPacket): Promise<void> {
  const unusable = unusableClientId(client, packet);
  if (unusable !== undefined) {
    return refuse(client, { code: ReasonCode.CLIENT_IDENTIFIER_NOT_VALID, text: unusable });
  }
  const refusal = bannedBy(client.core, client.info) ?? client.refusal;
  if (refusal !== undefined) return refuse(client, refusal);
  if (client.user !== undefined) return enter(client, admissionOf(client.user), packet);
  const attempt = await gateFor(client, packet);
  if (!client.connection.isOpen) return attempt?.undecided();
  if (attempt === undefined) return refuse(client, TOO_MANY_FAILED);
  const admission = await decideLogin(client, packet, attempt);
  client.core.decisions?.noteLogin(client.info, admission);
  await noteLogin(attempt, admission);
  if (!client.connection.isOpen || client.core.isStopping) return;
  if (!admission.allowed) return refuseLogin(client, admission.reason);
  await enter(client, admission, packet);
}

function decideLogin(
  client: Client,
  packet: ConnectPacket,
  attempt: LoginAttempt,
): Promise<Admission> {
  const { core: { access, clock, telemetry }, info, authentication } = client;
  const decide = () =>
    authentication === undefined
      ? decideInTime(clock, access.authenticate(info, packet.password, client))
      : authenticateEnhanced(client, packet, attempt);
  return telemetry === undefined ? decide() : telemetry.login(info, decide);
}

/** An empty client id gets a name of ours [MQTT-3.1.3-6], in MQTT 3.1.1 but for a clean session, in MQTT 3.1 never. */
function unusableClientId(client: Client, packet: ConnectPacket): string | undefined {
  const { maxClientIdLength } = client.core.config.limits;
  const { clientId } = client.info;
  const bytes = byteLength(clientId);
  if (bytes > maxClientIdLength) {
    client.info.clientId = ""; // it would stand in the log
    return `client id of ${bytes} bytes, max_client_id_length is ${maxClientIdLength}`;
  }
  if (clientId !== "") return undefined;
  const { protocolLevel, cleanSession } = packet;
  if (!cleanSession && protocolLevel < 5) return "empty client id without clean session"; // [MQTT-3.1.3-8]
  if (protocolLevel === 3) return "empty client id in MQTT 3.1";
  client.info.clientId = `auto-${crypto.randomUUID()}`;
  return undefined;
}

/** Waits until CONNECT may be looked at; undefined when that is not in time. */
function gateFor(client: Client, packet: ConnectPacket): Promise<LoginAttempt | undefined> {
  const { core, info } = client;
  // Where no source asks for a proof no password is a right one.
  const isLookedAt = core.access.checksPasswords && client.authentication === undefined;
  const password = isLookedAt ? packet.password : undefined;
  return enterGate(core, info, client, password, (delay) => {
    core.logs.refusals.info(
      `${info} waits ${delay / 1000} s for its answer: too many failed logins`,
    );
  });
}

async function enter(
  client: Client,
  admission: Admission,
  packet: ConnectPacket,
): Promise<void> {
  const { core, info } = client;
  info.superuser = admission.superuser;
  info.isNamedByCertificate &&= admission.username === info.username;
  info.username = admission.username === "" ? undefined : admission.username;
  info.anonymous = info.username === undefined;
  info.isProven = admission.proven || info.isNamedByCertificate;
  const banned = bannedBy(core, info); // the source may know it by another name
  if (banned !== undefined) return await refuse(client, banned);
  const claiming = claimSession(client, packet.cleanSession);
  if (claiming === undefined) return await enterHere(client, packet);
  if (await claiming) await enterHere(client, packet);
  else await refuse(client, ANOTHERS);
  if (core.sessions.get(info.clientId) === undefined) core.bus.released(info.clientId);
}

/** The session of its client id is this broker's, where there is one. */
async function enterHere(client: Client, packet: ConnectPacket): Promise<void> {
  const { core, info } = client;
  if (!client.connection.isOpen || core.isStopping) return;
  if (isFullOfSessions(core, info)) return await refuse(client, NO_SESSION);
  const other = sessionOfAnother(client);
  if (other !== undefined) {
    if (core.config.access.takeover === "same_user") return await refuse(client, ANOTHERS);
    core.logger.info(`${info} gets a new session: the one of this client id is another user's`);
  }
  if (core.journal?.refuses && expiryIntervalOf(client) > 0) {
    return await refuse(client, NOT_STORED);
  }
  const promised = core.journal?.promised;
  const known = takeOver(client, packet.cleanSession || other !== undefined);
  const session = known ?? core.sessions.create(info.clientId, expiryIntervalOf(client));
  adopt(client, session);
  if (known !== undefined) core.rights.resumed(session);
  if (client.ownsSession) welcome(client, session, known !== undefined, packet, promised);
}

/** The session of this client id, where it belongs to another username; a claimed name is not a proven one. */
function sessionOfAnother({ core, info }: Client): BrokerSession | undefined {
  const session = core.sessions.get(info.clientId);
  const owner = session?.holder;
  if (owner?.username !== info.username) return session;
  return info.anonymous || owner?.isProven === info.isProven ? undefined : session;
}

/** A session that is there already may be resumed, or replaced. */
function isFullOfSessions({ sessions, config }: Core, { clientId }: ClientInfo): boolean {
  return sessions.size >= config.limits.maxSessions && sessions.get(clientId) === undefined;
}

/**
 * Ends what the same client id has open [MQTT-3.1.4-2] and finds its session.
 * @returns the session to go on with, or undefined when there is none or a new one is wanted
 */
function takeOver(client: Client, wantsNew: boolean): BrokerSession | undefined {
  const { core, info } = client;
  core.sessions.get(info.clientId)?.connection?.connection.close(TAKEN_OVER);
  const known = core.sessions.get(info.clientId); // closing may have ended it
  if (known === undefined || !wantsNew) return known;
  core.endSession(known); // [MQTT-3.1.2-6]
  return undefined;
}

function adopt(client: Client, session: BrokerSession): void {
  const { core, info } = client;
  session.adopt(client, info, expiryIntervalOf(client));
  core.sessions.attached(session);
  core.wills.cancel(session); // [MQTT-3.1.3-9]
  client.session = session;
  client.phase = "resuming";
}

/**
 * CONNACK, then what the session has waiting: never before it, also where it is held back.
 * @param promised that of the journal before anything of this CONNECT was recorded
 */
function welcome(
  client: Client,
  session: BrokerSession,
  sessionPresent: boolean,
  packet: ConnectPacket,
  promised: number | undefined,
): void | Promise<void> {
  const { core, info, acks, connection } = client;
  const { limits } = core.config;
  const properties = { ...welcomeProperties(client, packet), ...client.authentication?.last };
  const connack = { type: "connack", sessionPresent, returnCode: 0, properties } as const;
  const frame = encodePacket(connack, info.protocolLevel);
  if (frame.length > connection.outbound.maximumPacketSize) return connection.close(NO_CONNACK);
  client.phase = "connected";
  connection.growthTime = info.keepAlive * 1000;
  if (info.protocolLevel < 5) connection.inbound.maxSkipped = limits.maxSkippedSize;
  connection.inbound.maxPacketSize = limits.maxPacketSize;
  limitReading(client);
  holdWelcome(client, promised);
  acks.push(frame);
  acks.run(() => welcomed(client, session, sessionPresent));
}

/**
 * CONNACK waits for what was recorded of the session, and of the will; but who has no session to be kept is not kept out
 * by a disk that fails: the will is written when it is well again.
 */
function holdWelcome({ core, info, acks, will }: Client, promised: number | undefined): void {
  const { journal } = core;
  const hasPromised = journal?.promised !== promised;
  if (will !== undefined) core.wills.left(info, will);
  if (hasPromised || (will !== undefined && journal?.tally.isFailing === false)) {
    journal?.hold(acks);
  }
}

function welcomed(client: Client, session: BrokerSession, sessionPresent: boolean): void {
  const { core, info, connection } = client;
  client.hears = "disconnect";
  core.clientsMaximum = Math.max(core.clientsMaximum, core.connectedCount);
  core.logger.debug(`${info} connected`);
  core.observers.clientConnected?.({ client: info, sessionPresent });
  if (client.ownsSession) session.attach(connection.outbound); // a hook may have closed it
}
