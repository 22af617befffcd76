/**
 * Micro-benchmarks of topic matching: `deno task bench:micro`. 100,000 subscriptions, a fifth with
 * wildcards, none remembered, remembered, and while subscriptions change all the time: the paths
 * that must all stay fast, since a cache only hides the slow one. Each iteration looks up BATCH names.
 */
import { RetainedTree } from "../../lib/topic/retained.ts";
import { TopicCache } from "../../lib/topic/topic_cache.ts";
import { SubscriptionTree } from "../../lib/topic/tree.ts";

interface Subscriber {
  readonly name: string;
}

const SUBSCRIPTIONS = 100_000;
const BATCH = 1000;

const names = Array.from({ length: SUBSCRIPTIONS }, (_, i) => topicName(i));
const tree = new SubscriptionTree<Subscriber, number>((all) => Math.max(...all));
for (const [i, name] of names.entries()) tree.add(filterOf(i, name), { name }, 0);
const encoded = names.map((name) => new TextEncoder().encode(name));
const churner = { name: "churner" };

function topicName(i: number): string {
  return `site/${i % 50}/line/${Math.floor(i / 50) % 50}/sensor/${i}`;
}

function filterOf(i: number, name: string): string {
  return i % 5 === 0 ? `site/${i % 50}/+/${Math.floor(i / 50) % 50}/other/${i}/#` : name;
}

/** The i-th name that an exact filter matches. */
function exactIndex(i: number): number {
  const index = (i * 7919) % SUBSCRIPTIONS;
  return index % 5 === 0 ? index + 1 : index;
}

function expectOne(found: number): void {
  if (found !== BATCH) throw new Error(`${found} subscribers for ${BATCH} names`);
}

Deno.bench("1,000 names: matched in the tree", { group: "match" }, () => {
  let found = 0;
  for (let i = 0; i < BATCH; i++) found += tree.match(names[exactIndex(i)]!).subscribers.size;
  expectOne(found);
});

/** What the broker does for each PUBLISH whose topic is not the connection's last. */
function matchThroughCache(cache: TopicCache<number>, i: number): number {
  const bytes = encoded[exactIndex(i)]!;
  const entry = cache.lookUp(bytes, 0, bytes.length);
  if (entry.generation === tree.generation && entry.match !== undefined) return entry.match;
  const found = tree.match(entry.topicName).subscribers.size;
  cache.keep(entry, found, tree.generation, found);
  return found;
}

const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
function newCache(): TopicCache<number> {
  return new TopicCache((bytes, start, end) => decoder.decode(bytes.subarray(start, end)));
}

const warm = newCache();
Deno.bench("1,000 names: remembered", { group: "match", baseline: true }, () => {
  let found = 0;
  for (let i = 0; i < BATCH; i++) found += matchThroughCache(warm, i);
  expectOne(found);
});

Deno.bench("1,000 names: never seen before", { group: "match" }, () => {
  const cold = newCache();
  let found = 0;
  for (let i = 0; i < BATCH; i++) found += matchThroughCache(cold, i);
  expectOne(found);
});

const churned = newCache();
Deno.bench("1,000 names: a subscription changes before each", { group: "match" }, () => {
  let found = 0;
  for (let i = 0; i < BATCH; i++) {
    if (i % 2 === 0) tree.add("churn/topic", churner, 0);
    else tree.remove("churn/topic", churner);
    found += matchThroughCache(churned, i);
  }
  expectOne(found);
});

Deno.bench("1,000 subscriptions made and taken back", { group: "change" }, () => {
  for (let i = 0; i < BATCH; i++) tree.add(`${names[i]}/extra`, churner, 0);
  for (let i = 0; i < BATCH; i++) tree.remove(`${names[i]}/extra`, churner);
  if (tree.count !== SUBSCRIPTIONS) throw new Error(`${tree.count} subscriptions left`);
});

const retained = new RetainedTree<number>();
for (const [i, name] of names.slice(0, 10_000).entries()) retained.set(name, i);

Deno.bench("200 retained of 10,000 found by a filter with +", { group: "retained" }, () => {
  const found = retained.match("site/7/line/+/sensor/+").length;
  if (found !== 200) throw new Error(`${found} retained messages, expected 200`);
});
