/**
 * The door for those who steer a broker from a program: the commands of `midge ctl` and of the HTTP API as schemas, and
 * their types. A plugin has them done by `context.manage`. What a server that lets people do it needs stands here too.
 *
 * @module
 */
export { COMMANDS, isCommandName, SERIES } from "./lib/manage/commands.ts";
export type {
  ArgsOf,
  CommandName,
  EventOf,
  ListingName,
  ReadArgsOf,
  ResultName,
  ResultOf,
  RowOf,
  StreamName,
} from "./lib/manage/commands.ts";
export type { Command, Listing, Route, Stream } from "./lib/manage/commands/shape.ts";
export { inSteps } from "./lib/manage/steps.ts";
export { BoundedMap } from "./lib/bounded_map.ts";
export { sha256Hex } from "./lib/digest.ts";
export { encodeBase64Url } from "./lib/encoding.ts";
export { fixedKey } from "./lib/fixed_key.ts";
export { networkOf } from "./lib/network.ts";
export { type Rate, TokenBucket } from "./lib/token_bucket.ts";
