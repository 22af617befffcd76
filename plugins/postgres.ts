/**
 * Users, superusers and rules in PostgreSQL: EMQ X's emqx_auth_pgsql. Three queries are asked, each with its default;
 * null switches one off. Invariants: a client's values are bound as parameters; the driver is loaded only when this
 * plugin is set up.
 */
import { definePlugin } from "../plugin.ts";
import { sqlHooks } from "./sql/hooks.ts";
import { POSTGRES } from "./sql/postgres.ts";
import { type SqlOptions, sqlOptions } from "./sql/options.ts";

export default definePlugin<SqlOptions>({
  name: "postgres",
  apiVersion: 1,
  combines: "first",
  authorizeUses: "nothing",
  options: sqlOptions(POSTGRES),
  setup: (options, context) => sqlHooks(POSTGRES, options, context),
});
