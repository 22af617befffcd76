/** A plugin that has every hook but the reporting ones and the steps, and notes each call. The test that loads it by URL imports it too. */
import { definePlugin, type Hooks } from "../../mod.ts";

/** One line for each call, in order; emptied by `setup`. */
export const calls: string[] = [];

const note = (name: string, detail = "") => void calls.push(`${name} ${detail}`.trim());

export default definePlugin<unknown>({
  name: "recorder",
  apiVersion: 1,
  setup(): Required<
    Omit<
      Hooks,
      | "superuser"
      | "authenticateStep"
      | "authenticationMethods"
      | "health"
      | "admitsNoOne"
      | "hasReceiveRules"
      | "authorizeUses"
      | "observes"
      | "storage"
      | "users"
      | "rules"
    >
  > {
    calls.length = 0;
    return {
      authenticate: () => {
        note("authenticate");
        return "allow";
      },
      authorize: ({ action }) => note("authorize", action),
      authorizeReceive: () => note("authorizeReceive"),
      brokerStarting: () => note("brokerStarting"),
      brokerStarted: () => note("brokerStarted"),
      brokerReloading: () => note("brokerReloading"),
      brokerStopping: () => note("brokerStopping"),
      brokerStopped: () => note("brokerStopped"),
      clientConnected: () => note("clientConnected"),
      clientDisconnected: () => note("clientDisconnected"),
      clientRefused: () => note("clientRefused"),
      clientSubscribed: () => note("clientSubscribed"),
      clientUnsubscribed: () => note("clientUnsubscribed"),
      messageReceived: () => note("messageReceived"),
      messageBroadcast: () => note("messageBroadcast"),
      messageRetained: () => note("messageRetained"),
      messageQueued: () => note("messageQueued"),
      messageDropped: () => note("messageDropped"),
      packetReceived: ({ packet }) => note("packetReceived", packet.type),
      packetSent: ({ packet }) => note("packetSent", packet.type),
      dispose: () => note("dispose"),
    };
  },
});
