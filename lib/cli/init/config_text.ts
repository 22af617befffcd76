/**
 * The text of a new config.yaml, made of the tables of keys: what the plan wants, with the tables' sentences. Invariant:
 * it is short; what it does not say has its default.
 */
import { BROKER_KEYS, MANAGEMENT_KEYS, STORAGE_KEYS } from "../../config/broker_keys.ts";
import { LISTENER_KEYS } from "../../config/listener_keys.ts";
import { type Page, pageText } from "../../config/page.ts";
import { PLUGIN_KEYS } from "../../config/plugin_keys.ts";
import type { Key, Keys } from "../../config/table.ts";
import { SERVER_CERTIFICATE, SERVER_KEY } from "./files.ts";
import type { InitPlan } from "./plan.ts";

const WIDTH = 100;

const HEAD = "Midge's configuration, made by midge init. What it does not say has its default.\n" +
  "  midge start -c config.yaml     starts the broker; midge ctl reload reads it again\n" +
  "  midge check -c config.yaml     says what is wrong in here";

/** Keys that a release may have or not. */
const TOP: Keys = BROKER_KEYS;

/** Does this release have the profile for small boards? */
export function hasEdge(): boolean {
  return Object.hasOwn(TOP, "edge");
}

/** The configuration that the plan wants. */
export function configText(plan: InitPlan): string {
  const page: Page = [
    HEAD,
    {
      listeners: { ...BROKER_KEYS.listeners, doc: "Where clients connect.", keys: listeners(plan) },
    },
    { plugins: { ...BROKER_KEYS.plugins, doc: WHAT_PLUGINS_ARE, keys: plugins(plan) } },
    {
      storage: {
        ...BROKER_KEYS.storage,
        keys: { durability: plain(STORAGE_KEYS.durability, "full") },
      },
    },
    ...otherwise(plan),
  ];
  return pageText(page, WIDTH);
}

const WHAT_PLUGINS_ARE = "Who may come in, and what the broker does beside MQTT.";

/** A key that says this, with its sentences. */
function said(
  row: Key<unknown, unknown>,
  example: unknown,
  doc = row.doc ?? "",
): Key<unknown, unknown> {
  return { ...row, shown: "active", example, doc };
}

/** The same without sentences. */
function plain(row: Key<unknown, unknown>, example: unknown): Key<unknown, unknown> {
  return said(row, example, "");
}

/** A key that is a mapping. */
function mapping(keys: Keys, row: Partial<Key<unknown, unknown>> = {}): Key<unknown, unknown> {
  return { ...BROKER_KEYS.listeners, doc: "", ...row, shown: "active", keys };
}

/** What a listener leaves out it takes from default: with TLS that is the one for others. */
function listeners({ plain: bind, tls }: InitPlan): Keys {
  const plainListener = bind === undefined ? undefined : { bind: plain(LISTENER_KEYS.bind, bind) };
  if (tls === undefined) {
    return plainListener === undefined ? {} : { default: mapping(plainListener) };
  }
  const secure = {
    bind: plain(LISTENER_KEYS.bind, tls.bind),
    ssl: plain(LISTENER_KEYS.ssl, true),
    certfile: said(LISTENER_KEYS.certfile, SERVER_CERTIFICATE, renewal(tls.names)),
    keyfile: plain(LISTENER_KEYS.keyfile, SERVER_KEY),
  };
  if (plainListener === undefined) return { default: mapping(secure) };
  const local = mapping({ ...plainListener, ssl: plain(LISTENER_KEYS.ssl, false) }, {
    doc: "Without TLS.",
  });
  return { default: mapping(secure), plain: local };
}

function renewal([name = "", ...others]: readonly string[]): string {
  const names = [`--cn ${name}`, ...others.map((one) => `--san ${one}`)].join(" ");
  return "Signed by certs/ca.crt, which clients need (keep certs/ca.key where no one else gets it). The broker follows " +
    "these files; its log says when the certificate ends. A new one, in this folder:\n" +
    `  midge certs server ${names} --ca-crt certs/ca.crt --ca-key certs/ca.key --output-dir certs --force`;
}

function plugins({ user }: InitPlan): Keys {
  const { auth_anonymous, auth_file, event_logger, broker_sys, dashboard, topic_acl } = PLUGIN_KEYS;
  const entrance = user === undefined ? { auth_anonymous: { ...auth_anonymous!, keys: {} } } : {
    auth_file: said(
      auth_file!,
      undefined,
      "Users and their passwords. Another user, or another password: midge passwd passwords NAME",
    ),
    topic_acl: topic_acl!,
  };
  const admins = { ...dashboard!.keys?.admins!, shown: "active" as const, example: [user?.name] };
  return {
    ...entrance,
    event_logger: event_logger!,
    broker_sys: { ...broker_sys!, keys: {} },
    dashboard: { ...dashboard!, keys: user === undefined ? {} : { admins } },
  };
}

function otherwise({ edge, dataDir, managementPath }: InitPlan): Keys[] {
  const parts: Keys[] = [];
  if (edge && TOP.edge !== undefined) parts.push({ edge: said(TOP.edge, true) });
  if (dataDir !== undefined) parts.push({ data_dir: said(BROKER_KEYS.data_dir, dataDir) });
  if (managementPath === undefined) return parts;
  const keys = { path: plain(MANAGEMENT_KEYS.path, managementPath) };
  return [...parts, { management: { ...BROKER_KEYS.management, shown: "active", keys } }];
}
