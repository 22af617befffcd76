/**
 * Sources of decisions: the loaded plugins as the chain sees them, and the order they are asked in. Invariant: no
 * source is known by its name; what sets it apart are the traits it states.
 */
import type { AccessConfig } from "../../config/types.ts";
import { faultText } from "../../plugin/fault.ts";
import type { HookOwner } from "../../plugin/hooks.ts";
import type { PluginTraits } from "../../plugin/plugin.ts";

/** A source of decisions: a loaded plugin. */
export interface Source extends HookOwner {
  readonly traits: PluginTraits;
}

/** The configuration's order, but those whose order is `last` come behind all others. */
export function inOrderOfAsking(sources: readonly Source[]): Source[] {
  const isLast = ({ traits }: Source) => traits.order === "last";
  return [...sources.filter((one) => !isLast(one)), ...sources.filter(isLast)];
}

/** Does it let clients in, by their passwords or in steps? */
export function authenticates({ hooks }: Pick<HookOwner, "hooks">): boolean {
  return hooks.authenticate !== undefined || hooks.authenticateStep !== undefined;
}

/** Is there anything to ask this source about deliveries? One that fails to say is asked. */
export function hasReceiveRules(source: Source): boolean {
  const { hooks } = source;
  if (hooks.authorizeReceive === undefined) return false;
  try {
    return hooks.hasReceiveRules?.() !== false;
  } catch (cause) {
    logFailure(source, "hasReceiveRules", cause);
    return true;
  }
}

/** What the configuration says; else one source that goes by the first answer is enough for all. */
export function combineOf(
  config: AccessConfig,
  authorizers: readonly Source[],
): "first" | "all" {
  const goesByFirst = ({ traits }: Source) => traits.combines === "first";
  return config.combine ?? (authorizers.some(goesByFirst) ? "first" : "all");
}

/** Says in the log that a source did not do its work. */
export function logFailure(source: Source, hook: string, cause: unknown): void {
  source.logger.error(`${hook} failed: ${faultText(cause, source.module)}`);
}
