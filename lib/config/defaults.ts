/**
 * The configuration that holds when there is no file: the same as config.yaml (a test compares them),
 * as values, so that a start without a file needs no YAML parser. Used by load.ts and normalize.ts.
 */

/** The plugins of a configuration that says nothing about plugins, in order. */
export const DEFAULT_PLUGINS: Readonly<Record<string, Record<string, unknown> | null>> = {
  event_logger: null,
  packet_logger: null,
  auth_anonymous: { allow_anonymous: true },
  broker_sys: { sys_interval: 20 },
};

/** What config.yaml says. */
export const BUILT_IN_OPTIONS: Readonly<Record<string, unknown>> = {
  listeners: { default: { type: "tcp", bind: "0.0.0.0:1883" } },
  plugins: DEFAULT_PLUGINS,
  management: {},
};
