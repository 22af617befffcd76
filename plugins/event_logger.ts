/**
 * Logs what happens in the broker: clients coming and going at info, every other event at debug.
 * Invariants: what would print nothing at the level of the log is not called, so that a quiet broker pays
 * nothing; lines at info have a bounded rate; message payloads, passwords and wills are never logged.
 */
import {
  type ClientView,
  definePlugin,
  type Hooks,
  type Logger,
  type MessageView,
  SteadyLogger,
} from "../plugin.ts";

/** What a line says about an event besides its name. */
type Fields = Record<string, unknown>;

export default definePlugin<unknown>({
  name: "event_logger",
  apiVersion: 1,
  setup(_options, { logger, clock }) {
    const atInfo = infoHooks(new SteadyLogger(logger, clock, "clients that came or went"));
    return {
      ...atInfo,
      ...debugHooks(logger),
      observes: (hook) => logger.isEnabledFor(atInfo[hook] === undefined ? "debug" : "info"),
    };
  },
});

function infoHooks(logger: Logger): Hooks {
  return {
    clientConnected({ client, sessionPresent }) {
      const { cleanSession, keepAlive } = client;
      const fields = {
        ...peer(client),
        ...version(client),
        cleanSession,
        sessionPresent,
        keepAlive,
      };
      logger.info("clientConnected", fields);
    },
    clientDisconnected({ client, reason }) {
      logger.info("clientDisconnected", { ...peer(client), reason });
    },
  };
}

function debugHooks(logger: Logger): Hooks {
  const log = (event: keyof Hooks, fields?: Fields) => logger.debug(event, fields);
  return {
    brokerStarting: () => log("brokerStarting"),
    brokerStarted: ({ listeners }) =>
      log("brokerStarted", { listeners: listeners.map(({ name }) => name) }),
    brokerReloading: () => log("brokerReloading"),
    brokerStopping: () => log("brokerStopping"),
    brokerStopped: () => log("brokerStopped"),
    clientRefused: ({ client, returnCode, code, reason }) =>
      log("clientRefused", {
        ...peer(client),
        ...(client.protocolLevel === 5 ? { ...version(client), code } : { returnCode }),
        reason,
      }),
    clientSubscribed: ({ client, topicFilter, qos }) =>
      log("clientSubscribed", { ...of(client.clientId), topicFilter, qos }),
    clientUnsubscribed: ({ client, topicFilter }) =>
      log("clientUnsubscribed", { ...of(client.clientId), topicFilter }),
    ...messageHooks(log),
    packetReceived: ({ clientId, packet }) =>
      log("packetReceived", { ...of(clientId), packet: packet.type }),
    packetSent: ({ clientId, packet }) =>
      log("packetSent", { ...of(clientId), packet: packet.type }),
  };
}

function messageHooks(log: (event: keyof Hooks, fields: Fields) => void): Hooks {
  return {
    messageReceived: ({ client, message }) =>
      log("messageReceived", { ...of(client.clientId), ...summary(message) }),
    messageBroadcast: ({ client, message }) =>
      log("messageBroadcast", { ...of(client?.clientId), ...summary(message) }),
    messageRetained: ({ client, message }) =>
      log("messageRetained", { ...of(client?.clientId), ...summary(message) }),
    messageQueued: ({ clientId, message }) =>
      log("messageQueued", { ...of(clientId), ...summary(message) }),
    messageDropped: ({ clientId, message, reason }) =>
      log("messageDropped", { ...of(clientId), ...summary(message), reason }),
  };
}

/** Which client an event is of; the broker's own messages and a CONNECT have none. */
function of(clientId: string | undefined): Fields {
  return clientId === undefined ? {} : { client: clientId };
}

function peer(client: ClientView): Fields {
  const { clientId, username, address, port, listener } = client;
  const named = username === undefined ? {} : { username };
  return { ...of(clientId), ...named, address: port ? `${address}:${port}` : address, listener };
}

/** What is new is told. */
function version({ protocolLevel }: ClientView): Fields {
  return protocolLevel === 5 ? { protocolLevel } : {};
}

function summary({ topicName, payload, qos, retain }: MessageView): Fields {
  return { topicName, qos, retain, bytes: payload.length };
}
