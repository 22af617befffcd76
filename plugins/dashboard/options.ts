/**
 * The options of the dashboard, and what follows from them. Invariant: what a browser or a proxy says of itself never
 * changes what stands here.
 */
import { check, type InferOutput, nullish, pipe } from "valibot";
import { durationOption, optionField, optionsOf, pathOption } from "../../plugin.ts";

/** Where the page is, unless `bind` says otherwise. */
export const DEFAULT_BIND = "127.0.0.1:18083";
const DEFAULT_SESSION_TIME = "8h";
const MAX_CONNECTIONS = 10_000;

const HOST = /^(?:[A-Za-z0-9_](?:[A-Za-z0-9_.-]*[A-Za-z0-9_])?|\[[0-9A-Fa-f:.]+\])$/;

/** A text that is not empty. */
const text = (expected: string) =>
  optionField((value) => typeof value === "string" && value !== "" ? value : undefined, expected);

/** Names, each once. */
const names = (expected: string) =>
  optionField((value) => {
    if (!Array.isArray(value)) return undefined;
    if (!value.every((one): one is string => typeof one === "string" && one !== "")) {
      return undefined;
    }
    return new Set(value) as ReadonlySet<string>;
  }, expected);

/** Host names as a browser sends them: in lower case, without a port. */
const hosts = optionField((value) => {
  if (!Array.isArray(value)) return undefined;
  const read = value.map((one) => typeof one === "string" && HOST.test(one) ? one : undefined);
  if (!read.every((one) => one !== undefined)) return undefined;
  return new Set(read.map((one) => one.toLowerCase())) as ReadonlySet<string>;
}, 'a list of host names such as "midge.example.org", without a port');

/** `/midge/` and `/midge` are `/midge`, `/` is empty. */
const basePath = optionField((value) => {
  if (typeof value !== "string" || !/^(?:\/[A-Za-z0-9._~-]+)*\/?$/.test(value)) return undefined;
  if (value.split("/").some((one) => one === "." || one === "..")) return undefined;
  return value.replace(/\/$/, "");
}, "a path such as /midge");

const connections = optionField((value) => {
  const isCount = typeof value === "number" && Number.isInteger(value);
  return isCount && value >= 1 && value <= MAX_CONNECTIONS ? value : undefined;
}, `a number from 1 to ${MAX_CONNECTIONS}`);

const ipAddress = optionField((value) => {
  const isText = typeof value === "string" && /^[0-9A-Fa-f:.]+$/.test(value);
  return isText && /[:.]/.test(value) ? value.toLowerCase() : undefined;
}, "an IP address such as 172.30.32.2");

/** What people write. */
export const OPTIONS = optionsOf({
  /** Where it listens. Absent: at 127.0.0.1:18083, and a port that is taken is only a warning. */
  bind: nullish(text("an address such as 127.0.0.1:18083")),
  /** With keyfile: HTTPS. */
  certfile: nullish(pathOption),
  keyfile: nullish(pathOption),
  key_passphrase: nullish(text("a text")),
  /** Users of the broker who may do everything here. */
  admins: nullish(names("a list of usernames"), []),
  /** Users of the broker who may only look. */
  viewers: nullish(names("a list of usernames"), []),
  /** Where a reverse proxy shows the page. */
  base_path: nullish(basePath, "/"),
  /** Host names by which browsers may reach the page, beside those of this machine. */
  hosts: nullish(hosts, []),
  /** Requests from there are those of admins, who have logged in there: the ingress of Home Assistant. */
  login_proxy: nullish(ipAddress),
  /** A login ends after that time, or after half an hour without a request. */
  session_time: nullish(
    pipe(durationOption, check((value) => value >= 1000, "expected at least 1 second")),
    DEFAULT_SESSION_TIME,
  ),
  /** At a time. */
  max_connections: nullish(connections, 100),
});

/** As the plugin uses them. */
export type Options = InferOutput<typeof OPTIONS>;
