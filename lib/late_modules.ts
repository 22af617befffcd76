/**
 * What a broker imports late under a computed name. Deno reads every module of a plain `import("...")` when a program
 * starts (165 files here, 3 MiB of memory), but sees no computed name; so this list shows them to who
 * caches, compiles or bundles a program that embeds a broker. Invariant: it has all of them, and nothing runs it.
 */

/** Never called. */
export const LATE_MODULES: readonly (() => Promise<unknown>)[] = [
  () => import("./acme/keepers.ts"),
  () => import("./broker/face/handlers/all.ts"),
  () => import("./broker/face/tokens.ts"),
  () => import("./broker/plugin_login.ts"),
  () => import("./broker/telemetry/spans.ts"),
  () => import("./certificate_library.ts"),
  () => import("./http/server.ts"),
  () => import("./manage/runner.ts"),
  () => import("./net/listen/proxy_layer.ts"),
  () => import("./net/listen/tls.ts"),
  () => import("./net/listen/tls_check.ts"),
  () => import("./net/listen/web_socket.ts"),
];
