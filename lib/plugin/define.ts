/**
 * The one function that plugin files call: it gives a plugin its type. Invariant: what it gets is what it returns.
 */
import type { Plugin } from "./plugin.ts";

/**
 * Types a plugin; export the result as default.
 *
 * ```ts
 * import { definePlugin } from "@midge/midge/plugin";
 * export default definePlugin({
 *   name: "greeter",
 *   apiVersion: 1,
 *   setup: (_options, context) => ({
 *     clientConnected: ({ client }) => context.logger.info(`hello ${client.clientId}`),
 *   }),
 * });
 * ```
 */
export function definePlugin<Options>(plugin: Plugin<Options>): Plugin<Options> {
  return plugin;
}
