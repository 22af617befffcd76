/**
 * Users, superusers and rules in MySQL or MariaDB: EMQ X's emqx_auth_mysql. Three queries are asked, each with its default;
 * null switches one off. Invariants: a client's values are bound as parameters; the driver is loaded only when this
 * plugin is set up.
 */
import { definePlugin } from "../plugin.ts";
import { sqlHooks } from "./sql/hooks.ts";
import { MYSQL } from "./sql/mysql.ts";
import { type SqlOptions, sqlOptions } from "./sql/options.ts";

export default definePlugin<SqlOptions>({
  name: "mysql",
  apiVersion: 1,
  combines: "first",
  authorizeUses: "nothing",
  options: sqlOptions(MYSQL),
  setup: (options, context) => sqlHooks(MYSQL, options, context),
});
