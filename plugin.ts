/**
 * The door for plugins: `definePlugin`, the hook types, option fields and topic filters. Light, for the default
 * start loads it; what a source of access decisions needs beside it stands behind sources.ts.
 *
 * @module
 */
export { definePlugin } from "./lib/plugin/define.ts";
export type * from "./lib/plugin/plugin.ts";
export type * from "./lib/plugin/context.ts";
export type * from "./lib/plugin/decisions.ts";
export type * from "./lib/plugin/hook_types.ts";
export type { HookKind, HookOf, HOOKS, ObservingHook } from "./lib/plugin/hooks.ts";
export type * from "./lib/plugin/management.ts";
export type * from "./lib/plugin/managing.ts";
export type * from "./lib/plugin/metrics.ts";
export type { HistogramView } from "./lib/histogram.ts";
export { DURATION_BOUNDS, quantileOf } from "./lib/histogram.ts";
export type { AnswerMetric, Metric } from "./lib/plugin/metric_table.ts";
export { ACCESS_METRICS, ANSWER_METRICS, METRICS } from "./lib/plugin/metric_table.ts";
export { ANSWER_TIMES } from "./lib/plugin/vital_metrics.ts";
export { STORAGE_METRICS, STORAGE_TIMES } from "./lib/plugin/storage_metrics.ts";
export {
  type HistogramSample,
  type Reading,
  readMetrics,
  type Sample,
} from "./lib/plugin/read_metrics.ts";
export { type SteadyClock, SteadyLogger } from "./lib/plugin/steady_logger.ts";
export type * from "./lib/plugin/storage.ts";
export type * from "./lib/plugin/types.ts";
export type * from "./lib/wire/packets.ts";
export type { Properties, UserProperty } from "./lib/wire/properties.ts";
export { type CloseReason, type CodedReason, ReasonCode, reasonName } from "./lib/wire/codes.ts";
export type { ByteStream, PeerCertificate } from "./lib/net/stream.ts";
export type { Clock } from "./lib/clock.ts";
export {
  ConflictError,
  messageOf,
  NotFoundError,
  problemsOf,
  UserError,
} from "./lib/user_error.ts";
export { equalText } from "./lib/equal.ts";
export { kindOf, masked } from "./lib/secrets.ts";
export { isMapping } from "./lib/config/keys.ts";
export {
  filterCovers,
  filterMatches,
  filtersIntersect,
  topicFilterProblem,
} from "./lib/topic/filter.ts";
export {
  durationOption,
  type OptionField,
  optionField,
  optionsOf,
  pathOption,
  switchOption,
} from "./lib/config/plugin_options.ts";
