/**
 * Sources of decisions: the loaded plugins as the chain sees them, and the order they are asked in.
 */
import type { AccessConfig } from "../../config/types.ts";
import type { HookOwner } from "../../plugin/hooks.ts";
import { messageOf } from "../../user_error.ts";

/** A source of decisions: a loaded plugin. */
export type Source = HookOwner & { readonly config: { readonly packaged: boolean } };

const AMQTT_AUTHORIZERS = ["topic_acl", "topic_taboo"];

/** The configuration's order, but the packaged plugin of this name comes last. */
export function lastComes(sources: readonly Source[], name: string): Source[] {
  const isLast = (source: Source) => source.config.packaged && source.name === name;
  return [...sources.filter((one) => !isLast(one)), ...sources.filter(isLast)];
}

/** aMQTT asks every topic plugin and one denial denies; EMQ X's sources go by the first answer. */
export function combineOf(
  config: AccessConfig,
  authorizers: readonly Source[],
): "first" | "all" {
  const isLikeAmqtt = ({ name, config: { packaged } }: Source) =>
    !packaged || AMQTT_AUTHORIZERS.includes(name);
  return config.combine ?? (authorizers.every(isLikeAmqtt) ? "all" : "first");
}

/** Says in the log that a source did not do its work. */
export function logFailure(source: Source, hook: string, cause: unknown): void {
  source.logger.error(`${hook} failed: ${messageOf(cause)}`);
}
