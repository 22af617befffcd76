/**
 * Midge in Home Assistant: asks the Supervisor about users of Home Assistant, and tells it where the broker is and with
 * which passwords Home Assistant and other add-ons log in. Invariants: no password and no token is logged; without the
 * Supervisor the broker serves all others.
 */
import { readFile } from "node:fs/promises";

const TIMEOUT_MS = 10_000;
const SUPERVISOR = "http://supervisor";
/** Its own, with passwords of their own: they are not asked about. */
const RESERVED = ["homeassistant", "addons"];

/** Options as the add-on writes them: texts and a switch, each there. */
const options = {
  "~standard": {
    version: 1,
    vendor: "midge",
    validate(value) {
      const { token_file, system_users, home_assistant_users, supervisor = SUPERVISOR, ...rest } =
        Object(value);
      const isRight =
        [token_file, system_users, supervisor].every((one) => typeof one === "string") &&
        typeof home_assistant_users === "boolean" && Object.keys(rest).length === 0;
      if (isRight) return { value: { token_file, system_users, home_assistant_users, supervisor } };
      const message =
        "expected token_file, system_users and home_assistant_users, as midge homeassistant writes them";
      return { issues: [{ message }] };
    },
  },
};

class Supervisor {
  #url;
  #token;

  constructor(url, token) {
    this.#url = url;
    this.#token = token;
  }

  post(path, body, signal) {
    return this.#send("POST", path, body, signal);
  }

  delete(path) {
    return this.#send("DELETE", path, undefined, undefined);
  }

  /** The status of the answer. The token has a header of its own: Authorization is read as a user's there. */
  async #send(method, path, body, signal) {
    const within = AbortSignal.timeout(TIMEOUT_MS);
    const answer = await fetch(this.#url + path, {
      method,
      headers: { "content-type": "application/json", "x-supervisor-token": this.#token },
      signal: signal === undefined ? within : AbortSignal.any([signal, within]),
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    await answer.body?.cancel();
    return answer.status;
  }
}

async function systemUsers(file) {
  return JSON.parse(await readFile(file, "utf8"));
}

/** As others reach it: by the name of the container. */
async function hostname() {
  return (await readFile("/etc/hostname", "utf8")).trim();
}

async function announce(supervisor, file, logger) {
  const users = await systemUsers(file);
  const host = await hostname();
  const at = (username) => ({
    host,
    port: 1883,
    ssl: false,
    protocol: "3.1.1",
    username,
    password: users[username].password,
  });
  const toHome = await supervisor.post("/discovery", {
    service: "mqtt",
    config: at("homeassistant"),
  });
  await supervisor.delete("/services/mqtt"); // of a broker that went without a word; none is there: no matter
  const toOthers = await supervisor.post("/services/mqtt", at("addons"));
  report(logger, "Home Assistant", toHome);
  report(logger, "other add-ons", toOthers);
}

function report(logger, whom, status) {
  if (status === 200) logger.info(`${whom} can find this broker`);
  else {logger.warn(
      `${whom} cannot find this broker: the Supervisor answered ${status}; is another MQTT broker installed?`,
    );}
}

async function isUser(supervisor, { client, password, signal }, logger) {
  const body = { username: client.username, password: new TextDecoder().decode(password) };
  const status = await supervisor.post("/auth", body, signal);
  if (status === 200) return { result: "allow", because: "Home Assistant knows this user" };
  if (status === 400 || status === 401) return undefined; // not a user, or another password
  logger.warn(`users of Home Assistant cannot log in: the Supervisor answered ${status}`);
  return {
    result: "deny",
    failed: true,
    because: "the Supervisor did not say whether this is a user",
  };
}

export default {
  name: "home_assistant",
  apiVersion: 1,
  options,
  async setup({ token_file, system_users, home_assistant_users, supervisor: url }, { logger }) {
    const supervisor = new Supervisor(url, (await readFile(token_file, "utf8")).trim());
    const authenticate = async (request) => {
      const { client, password } = request;
      if (!client.username || password === undefined || RESERVED.includes(client.username)) return;
      return await isUser(supervisor, request, logger);
    };
    return {
      ...(home_assistant_users ? { authenticate } : {}),
      async brokerStarted() {
        await announce(supervisor, system_users, logger).catch((error) =>
          logger.warn(`the Supervisor was not told of this broker: ${error.message}`)
        );
      },
    };
  },
};
