/**
 * A database plugin's hooks: its questions, its connections, their certificates. Invariant: connections are told of
 * certificates that were renewed, and end with the plugin.
 */
import type { PluginContext } from "../../plugin/context.ts";
import type { Hooks } from "../../plugin/hook_types.ts";
import type { DatabaseQuestions, DatabaseSource } from "./database.ts";
import { followTls, type NodeTlsOptions, nodeTlsOptions, type TlsOptions } from "./tls_options.ts";

/** The connections to a database. */
export interface DatabaseLink {
  /** New connections are made with these certificates. */
  useTls(tls: NodeTlsOptions): void | Promise<void>;
  /** Ends all connections. */
  close(): void | Promise<void>;
}

/** The hooks of a plugin that asks `source` over `link`. */
export function databaseHooks<Bound>(
  source: DatabaseSource<Bound>,
  questions: DatabaseQuestions<Bound>,
  link: DatabaseLink,
  tls: TlsOptions | null | undefined,
  context: PluginContext,
): Hooks {
  const follower = tls && followTls(tls, context, (read) => link.useTls(nodeTlsOptions(read)));
  return {
    ...source.hooks(questions),
    ...(follower && { brokerReloading: () => follower.reload() }),
    async dispose() {
      source.close();
      await follower?.close();
      await link.close();
    },
  };
}
