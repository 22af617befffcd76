/**
 * The configuration of the broker in the Home Assistant add-on. Invariants: it is made of the options anew at each start;
 * without a password no one comes in, unless the options say so; TLS is there only when its files are.
 */
import type { AddonOptions } from "./options.ts";

/** Where things are, in the container. */
export interface AddonPlaces {
  /** `USER:HASH` lines. */
  readonly passwordFile: string;
  /** The folder of certificates, for the names of the options. */
  readonly ssl: string;
  /** What the broker writes. */
  readonly dataDir: string;
  /** The plugin that speaks with the Supervisor. */
  readonly plugin: string;
  /** Its options: where the Supervisor's token and the passwords for others are. */
  readonly tokenFile: string;
  readonly systemUsers: string;
}

/** From where the ingress of Home Assistant comes, by its documentation, and the port that it asks. */
const INGRESS = "172.30.32.2";
const INGRESS_PORT = 8099;
/** As many messages as Home Assistant may be asked for when it starts: one for each of its entities. */
const QUEUE = 8192;

const HEAD = `# Made by midge homeassistant from the options of the add-on, at each start anew.
# JSON is YAML: every key is described in the config.yaml of Midge.
`;

/**
 * The text of config.yaml.
 * @param hasTls are the certificate and the key there?
 */
export function addonConfigText(
  options: AddonOptions,
  places: AddonPlaces,
  hasTls: boolean,
): string {
  const config = {
    listeners: listenersOf(options, places, hasTls),
    data_dir: places.dataDir,
    max_queued_messages: QUEUE,
    storage: { durability: "full" },
    management: { path: `${places.dataDir}/midge.sock` },
    log: { level: options.logLevel },
    plugins: pluginsOf(options, places),
  };
  return `${HEAD}${JSON.stringify(config, null, 2)}\n`;
}

function listenersOf(
  { certfile, keyfile, cafile }: AddonOptions,
  { ssl }: AddonPlaces,
  hasTls: boolean,
): Record<string, unknown> {
  const plain = {
    mqtt: { type: "tcp", bind: "0.0.0.0:1883" },
    websocket: { type: "ws", bind: "0.0.0.0:1884" },
  };
  if (!hasTls) return plain;
  const tls = {
    ssl: true,
    certfile: `${ssl}/${certfile}`,
    keyfile: `${ssl}/${keyfile}`,
    ...(cafile === undefined ? {} : { cafile: `${ssl}/${cafile}`, verify_client: "required" }),
  };
  return {
    ...plain,
    mqtt_tls: { type: "tcp", bind: "0.0.0.0:8883", ...tls },
    websocket_tls: { type: "ws", bind: "0.0.0.0:8884", ...tls },
  };
}

function pluginsOf(
  { anonymous, homeAssistantUsers }: AddonOptions,
  { passwordFile, plugin, tokenFile, systemUsers }: AddonPlaces,
): Record<string, unknown> {
  return {
    auth_file: { password_file: passwordFile },
    [plugin]: {
      token_file: tokenFile,
      system_users: systemUsers,
      home_assistant_users: homeAssistantUsers,
    },
    ...(anonymous ? { auth_anonymous: {} } : {}),
    broker_sys: {},
    dashboard: { bind: `0.0.0.0:${INGRESS_PORT}`, login_proxy: INGRESS },
  };
}
