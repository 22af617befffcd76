/**
 * Options of EMQ X's sources that mean nothing here: accepted, so that its settings can be copied, and said in the log.
 * Invariant: what would mean something if it were on is accepted only where it is off.
 */
import { type GenericSchema, optional, type OptionalSchema, unknown } from "valibot";
import { type OptionField, optionField } from "../../config/plugin_options.ts";
import { flag } from "../../config/fields.ts";
import type { PluginContext } from "../../plugin/context.ts";

/**
 * An option that may be left out.
 * @internal
 */
type Idle<Value> = OptionalSchema<GenericSchema<unknown, Value>, undefined>;

/** An option without a meaning, whatever its value. */
export const idleOption: Idle<unknown> = optional(unknown());

/** A switch that is accepted where it is off. @param instead What to do where it is on. */
export function offOption(instead: string): OptionField<boolean> {
  return optionField((value) => {
    const isOn = flag.read(value);
    return isOn === true ? new Error(`got true, expected false: ${instead}`) : isOn;
  }, "false");
}

/** `ssl`, whose place `tls` has here. */
export const sslOption: Idle<boolean> = optional(
  offOption("tls: {...} is TLS here, with cafile, certfile, keyfile and verify"),
);

/** What all databases have in EMQ X. Entries for `optionsOf`. */
export const IDLE_DATABASE_OPTIONS = {
  auto_reconnect: idleOption,
  max_overflow: idleOption,
  ssl: sslOption,
  ssl_opts: idleOption,
} as const;

/** Says in the log which of these are given. */
export function warnIdle(
  options: Readonly<Record<string, unknown>>,
  names: readonly string[],
  { logger }: Pick<PluginContext, "logger">,
): void {
  for (const name of names) {
    if (options[name] !== undefined) logger.warn(`${name} has no meaning here and is not used`);
  }
}
