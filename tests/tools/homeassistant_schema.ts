/**
 * The schema of a Home Assistant add-on's config.yaml and build.yaml, as its documentation has it ("Add-on configuration"
 * of developers.home-assistant.io, in November 2026), with what its Supervisor checks. Invariant: a key that does not
 * stand here is a problem.
 */
import { isMapping } from "../../plugin.ts";

type Check = (value: unknown) => boolean;

const text: Check = (value) => typeof value === "string" && value !== "";
const flag: Check = (value) => typeof value === "boolean";
const whole: Check = (value) => Number.isInteger(value);
const oneOf = (...names: string[]): Check => (value) => names.includes(String(value));
const matching = (pattern: RegExp): Check => (value) => pattern.test(String(value));
const listOf = (check: Check): Check => (value) => Array.isArray(value) && value.every(check);
const mapOf = (key: RegExp, check: Check): Check => (value) =>
  isMapping(value) && Object.entries(value).every(([name, one]) => key.test(name) && check(one));
const port: Check = (value) =>
  Number.isInteger(value) && Number(value) > 0 && Number(value) < 65536;

const ARCHITECTURES = ["armhf", "armv7", "aarch64", "amd64", "i386"];
const FOLDERS = [
  "homeassistant_config",
  "addon_config",
  "ssl",
  "addons",
  "backup",
  "share",
  "media",
];
const CAPABILITIES =
  /^(?:BPF|IPC_LOCK|NET_ADMIN|NET_RAW|SYS_ADMIN|SYS_MODULE|SYS_NICE|SYS_PTRACE|SYS_RAWIO|SYS_RESOURCE|SYS_TIME)$/;
/** A type of an option, as the Supervisor reads it. */
const ELEMENT =
  /^(?:bool|email|url|port|device(?:\(subsystem=[a-z]+\))?|(?:str|password|int|float)(?:\([\d.]*,[\d.]*\))?|match\(.*\)|list\(.+\))\??$/;

const element: Check = (value) =>
  typeof value === "string"
    ? ELEMENT.test(value)
    : Array.isArray(value)
    ? value.length === 1 && !Array.isArray(value[0]) && element(value[0])
    : isMapping(value) && Object.values(value).every(element);

const mount: Check = (value) =>
  isMapping(value) && FOLDERS.includes(String(value.type)) &&
  Object.keys(value).every((key) => ["type", "read_only", "path"].includes(key));

const flags = [
  "host_network",
  "host_ipc",
  "host_dbus",
  "host_pid",
  "host_uts",
  "hassio_api",
  "homeassistant_api",
  "docker_api",
  "full_access",
  "apparmor",
  "audio",
  "video",
  "gpio",
  "usb",
  "uart",
  "udev",
  "devicetree",
  "kernel_modules",
  "stdin",
  "legacy",
  "tmpfs",
  "auth_api",
  "ingress",
  "ingress_stream",
  "panel_admin",
  "advanced",
  "init",
  "realtime",
  "journald",
];

/** Every key of config.yaml. */
const CONFIG: Readonly<Record<string, Check>> = {
  name: text,
  version: matching(/^\d+\.\d+\.\d+(?:-[\w.]+)?$/),
  slug: matching(/^[-_.A-Za-z0-9]+$/),
  description: text,
  arch: listOf(oneOf(...ARCHITECTURES)),
  url: matching(/^https?:\/\//),
  startup: oneOf("initialize", "system", "services", "application", "once"),
  boot: oneOf("auto", "manual", "manual_only"),
  webui: matching(/^(?:https?|\[PROTO:\w+\]):\/\/\[HOST\]:\[PORT:\d+\].*$/),
  watchdog: matching(/^(?:https?|\[PROTO:\w+\]|tcp):\/\/\[HOST\]:(?:\[PORT:\d+\]|\d+).*$/),
  ports: mapOf(/^\d+\/(?:tcp|udp)$/, (value) => value === null || port(value)),
  ports_description: mapOf(/^\d+\/(?:tcp|udp)$/, text),
  ingress_port: (value) => value === 0 || port(value),
  ingress_entry: text,
  panel_icon: matching(/^mdi:[a-z-]+$/),
  panel_title: text,
  homeassistant: text,
  hassio_role: oneOf("default", "homeassistant", "backup", "manager", "admin"),
  privileged: listOf(matching(CAPABILITIES)),
  map: listOf(mount),
  environment: mapOf(/^\w+$/, text),
  devices: listOf(text),
  services: listOf(matching(/^(?:mqtt|mysql):(?:provide|want|need)$/)),
  discovery: listOf(text),
  options: isMapping,
  schema: (value) => value === false || mapOf(/./, element)(value),
  image: text,
  timeout: (value) => whole(value) && Number(value) >= 10 && Number(value) <= 300,
  backup: oneOf("hot", "cold"),
  backup_pre: text,
  backup_post: text,
  backup_exclude: listOf(text),
  stage: oneOf("stable", "experimental", "deprecated"),
  breaking_versions: listOf(text),
  ulimits: mapOf(/^\w+$/, (value) => whole(value) || isMapping(value)),
  ...Object.fromEntries(flags.map((name) => [name, flag])),
};

const REQUIRED = ["name", "version", "slug", "description", "arch"];
const IMAGE = /^(?:[a-zA-Z\-.:\d{}]+\/)*?[-\w{}]+\/[-\w{}]+(?::[.\-\w{}]+)?$/;

const BUILD: Readonly<Record<string, Check>> = {
  build_from: mapOf(new RegExp(`^(?:${ARCHITECTURES.join("|")})$`), matching(IMAGE)),
  args: mapOf(/^\w+$/, text),
  labels: mapOf(/./, text),
};

/** What is wrong with a config.yaml, a line each. */
export function configProblems(config: Readonly<Record<string, unknown>>): string[] {
  const missing = REQUIRED.filter((key) => !(key in config)).map((key) => `${key} is missing`);
  return [...missing, ...problemsOf(config, CONFIG)];
}

/** What is wrong with a build.yaml. */
export function buildProblems(build: Readonly<Record<string, unknown>>): string[] {
  return problemsOf(build, BUILD);
}

function problemsOf(
  value: Readonly<Record<string, unknown>>,
  checks: Readonly<Record<string, Check>>,
): string[] {
  return Object.entries(value).flatMap(([key, one]) => {
    const check = Object.hasOwn(checks, key) ? checks[key] : undefined;
    if (check === undefined) return [`${key} is not documented`];
    return check(one) ? [] : [`${key}: ${JSON.stringify(one)}`];
  });
}
