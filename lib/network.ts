/**
 * What counts as one place to come from: an IPv4 address, or the /64 network of an IPv6 address, which one customer
 * has for itself. Invariant: two spellings of one network give one text; what is no address stands for itself.
 */

const MAPPED = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i;
const GROUPS = 8;
const NETWORK_GROUPS = 4;

/** The network of an address without port, as text: `192.0.2.7`, `2001:db8:0:0::/64`. */
export function networkOf(address: string): string {
  if (!address.includes(":")) return address;
  const [plain = ""] = address.split("%", 1); // a zone says which cable, not which network
  const mapped = MAPPED.exec(plain)?.[1];
  if (mapped !== undefined) return mapped;
  const [head = "", tail] = plain.split("::");
  const front = groupsOf(head);
  const back = groupsOf(tail ?? "");
  const missing = tail === undefined ? 0 : Math.max(0, GROUPS - front.length - back.length);
  const groups = [...front, ...Array<string>(missing).fill("0"), ...back];
  return `${groups.slice(0, NETWORK_GROUPS).join(":")}::/64`;
}

function groupsOf(text: string): string[] {
  if (text === "") return [];
  return text.toLowerCase().split(":").map((group) => group.replace(/^0+(?=.)/, ""));
}
