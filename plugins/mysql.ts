/**
 * Users, superusers and rules in MySQL or MariaDB: EMQ X's emqx_auth_mysql. Three queries are asked, each with its default;
 * null switches one off. Invariants: a client's values are bound as parameters; the driver is loaded only when this
 * plugin is set up.
 */
import { MYSQL, sqlHooks, type SqlOptions, sqlOptions } from "../access.ts";
import { definePlugin } from "../plugin.ts";

export default definePlugin<SqlOptions>({
  name: "mysql",
  apiVersion: 1,
  options: sqlOptions(MYSQL),
  setup: (options, context) => sqlHooks(MYSQL, options, context),
});
