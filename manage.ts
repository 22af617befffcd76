/**
 * The door for those who steer a broker from a program: the commands of `midge ctl` and of the HTTP API as schemas, and
 * their types. A plugin has them done by `context.manage`.
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
