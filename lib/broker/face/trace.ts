/** Begins and ends the following of messages. Invariant: no one follows for longer than was asked, and few at a time. */
import { Feed } from "../../feed.ts";
import { topicFilterProblem } from "../../topic/filter.ts";
import { UserError } from "../../user_error.ts";
import type { Core } from "../core.ts";
import { Follower, type Following, type TraceEvent } from "../trace/follower.ts";
import { Trace } from "../trace/trace.ts";

/** Events that wait for one who follows. */
const MOST_WAITING = 5000;
/** Those who follow at a time. */
const MOST_FOLLOWERS = 16;

/**
 * Follows messages.
 * @param seconds until the end
 * @throws UserError for a topic filter that is none, a time that is none, and when too many follow
 */
export function followMessages(
  core: Core,
  { seconds, ...following }: Following & { readonly seconds: number },
): Feed<TraceEvent> {
  check(core, following, seconds);
  const trace = core.trace ?? new Trace(() => core.clock.epoch());
  const feed: Feed<TraceEvent> = new Feed<TraceEvent>(MOST_WAITING, () => {
    cancel();
    trace.leave(follower);
    if (trace.followers === 0) core.followWith(undefined);
  });
  const cancel = core.clock.after(seconds * 1000, () => feed.end());
  const follower = new Follower(following, feed);
  trace.follow(follower);
  core.followWith(trace);
  return feed;
}

function check(core: Core, { topicFilter }: Following, seconds: number): void {
  const problem = topicFilter === undefined ? undefined : topicFilterProblem(topicFilter);
  if (problem !== undefined) throw new UserError(`${JSON.stringify(topicFilter)}: ${problem}`);
  if (!(seconds > 0)) throw new UserError(`seconds is ${seconds}; expected a number above 0`);
  if (core.isStopping) throw new UserError("the broker stops");
  if ((core.trace?.followers ?? 0) >= MOST_FOLLOWERS) {
    throw new UserError(`${MOST_FOLLOWERS} follow messages already; end one of them`);
  }
}
