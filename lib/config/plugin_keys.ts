/**
 * The plugins that config.yaml shows. Invariants: those at work there are the ones of a broker without a file, and but
 * for the dashboard of a configuration that says nothing about plugins; their options are checked by the plugins themselves.
 */
import { anything } from "./fields.ts";
import { type Key, key, type Keys, section } from "./table.ts";

/**
 * The plugins as people write them: a mapping name -> options, or a list of names and one-key mappings. An object may
 * give a plugin itself under a name of its own: `{ my_plugin: definePlugin({...}) }`.
 */
export type PluginsOption = Record<string, unknown> | (string | Record<string, unknown>)[] | null;

/** A value that stands in the file as it is here. */
function option(example: unknown, doc?: string): Key<unknown, unknown> {
  return key({ type: anything(), shown: "active", example, ...(doc === undefined ? {} : { doc }) });
}

/** An option that is not at work. */
function commented(example: unknown, doc: string): Key<unknown, unknown> {
  return key({ type: anything(), example, doc });
}

/** By name, in the order in which they are asked. */
export const PLUGIN_KEYS: Keys = {
  event_logger: key({
    type: anything(),
    shown: "active",
    doc: "Logs clients that come and go at level info, every other event at debug.",
  }),
  packet_logger: key({
    type: anything(),
    shown: "active",
    doc: "Logs every packet at level debug.",
  }),
  auth_anonymous: section({
    allow_anonymous: option(
      true,
      "false: only clients that give a username, and only while no other plugin knows users.",
    ),
  }, {
    shown: "active",
    doc:
      "Lets clients in without a password. Take this out, and put auth_file in, before others can reach the " +
      "broker.",
  }),
  broker_sys: section(
    {
      sys_interval: option(20, "Seconds between publications; 0: off."),
      mosquitto: option(true, "mosquitto's topics beside aMQTT's."),
    },
    { shown: "active", doc: "Publishes statistics under $SYS/broker/." },
  ),
  dashboard: section(
    {
      bind: commented(
        "127.0.0.1:18083",
        "Where it listens. While this is not written, a port that is taken is a warning and no error.",
      ),
      certfile: commented("certs/server.crt", "HTTPS: a certificate with its chain (PEM) ..."),
      keyfile: commented("certs/server.key", "... and its key."),
      key_passphrase: commented(null, "Of a key that is encrypted."),
      admins: commented(
        ["alice"],
        "Users of the broker who may do everything here, beside superusers.",
      ),
      viewers: commented(["bob"], "Users of the broker who may only look."),
      base_path: commented("/midge", "Where a reverse proxy shows it."),
      hosts: commented(
        ["midge.example.org"],
        "Names by which browsers reach it, beside localhost and the address of bind.",
      ),
      login_proxy: commented(
        "172.30.32.2",
        "A proxy that lets through only who has logged in there: what comes from its address is an admin's.",
      ),
      session_time: option("8h", "A login lasts that long, and half an hour without a request."),
      max_connections: commented(100, "At a time."),
    },
    {
      shown: "active",
      doc:
        "A page that shows what the broker does, and an HTTP API, at http://127.0.0.1:18083 (docs/DASHBOARD.md). " +
        "Who logs in is a user of the broker, or has a token: midge ctl token new.",
    },
  ),
  prometheus: section(
    {
      bind: option("127.0.0.1:9234", "Where /metrics is. With certfile and keyfile: HTTPS."),
      token: option("a-long-random-text", "What a scraper sends as Authorization: Bearer."),
      aliases: option(true, "The names of mosquitto's exporter beside Midge's own."),
    },
    { doc: "Metrics for Prometheus, in OpenMetrics or its older text format (docs/METRICS.md)." },
  ),
  auth_file: section(
    { password_file: option("passwords") },
    { doc: "Users and passwords from a file that `midge passwd FILE USER` writes." },
  ),
  auth_scram: section(
    { password_file: option("scram_passwords") },
    {
      doc:
        "Users of MQTT 5 by SCRAM-SHA-256 and SCRAM-SHA-512, from a file that `midge passwd --scram FILE USER` " +
        "writes: no password goes over the network.",
    },
  ),
  auth_cert: section(
    {
      uri_domain: option(
        "example.org",
        "The certificate's first URI is spiffe://URI_DOMAIN/device/CLIENT_ID. Without it: what cert_as_username says.",
      ),
      required: option(true, "Refuse clients without such a certificate."),
    },
    { doc: "Devices by their certificates, where a listener asks for them (cafile)." },
  ),
  topic_taboo: key({
    type: anything(),
    doc: "Denies the topics prohibited, top-secret and data/classified to everybody but admin.",
  }),
  topic_acl: section({
    subscribe_acl: option({ alice: ["home/#"] }),
    publish_acl: option({ alice: ["home/+/set"] }),
    receive_acl: option({ alice: ["home/#"] }),
  }, {
    doc:
      "The topic filters that each user may use. A user who is not in a list may use none of that action; an " +
      "action without a list is not restricted.",
  }),
};

/** A configuration's plugins with their options, in order. */
type Plugins = Readonly<Record<string, Record<string, unknown> | null>>;

/** What config.yaml has at work, and a broker that was started without a file. */
export const SHIPPED_PLUGINS: Plugins = Object.fromEntries(
  Object.entries(PLUGIN_KEYS).filter(([, { shown }]) => shown === "active")
    .map(([name, { keys }]) => [name, keys === undefined ? null : optionsOf(keys)]),
);

/** The plugins of a configuration that says nothing about plugins: none of them opens a port. */
export const DEFAULT_PLUGINS: Plugins = Object.fromEntries(
  Object.entries(SHIPPED_PLUGINS).filter(([name]) => name !== "dashboard"),
);

/** Those at work; null where there are none. */
function optionsOf(keys: Keys): Record<string, unknown> | null {
  const active = Object.entries(keys).filter(([, { shown }]) => shown === "active");
  if (active.length === 0) return null;
  return Object.fromEntries(active.map(([name, { example }]) => [name, example]));
}
