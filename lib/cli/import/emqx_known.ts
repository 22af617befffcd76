/** The plugins of EMQ X that decide about access, by what is known of them. */
import { HTTP_PLUGIN } from "./emqx_http.ts";
import { MONGO_PLUGIN } from "./emqx_mongo.ts";
import type { SourcePlugin } from "./emqx_source.ts";
import { DATABASE_PLUGINS } from "./emqx_sources.ts";

/** Those that Midge has a source for, by EMQ X's names. */
export const SOURCES: Readonly<Record<string, SourcePlugin>> = {
  ...DATABASE_PLUGINS,
  emqx_auth_mongo: MONGO_PLUGIN,
  emqx_auth_http: HTTP_PLUGIN,
};

/** Beginnings of keys in the files of plugins that decide about access and are not known here. */
const FOREIGN: Readonly<Record<string, string>> = {
  "auth.ldap.": "emqx_auth_ldap",
  "auth.jwt.": "emqx_auth_jwt",
  "auth.user.": "emqx_auth_username",
  "auth.client.": "emqx_auth_clientid",
  "auth.mnesia.": "emqx_auth_mnesia",
};

/** What the keys of each plugin begin with, and its name. */
export const KEY_PREFIXES: readonly (readonly [prefix: string, name: string])[] = [
  ...Object.entries(SOURCES).map(([name, { prefix }]) => [prefix, name] as const),
  ...Object.entries(FOREIGN),
];
