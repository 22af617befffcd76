/**
 * The names and addresses of this machine, as far as they may be asked for. Invariant: no right is needed; what cannot
 * be asked is left out, and localhost is always there.
 */

/** Names first, then addresses of its own network; each once. */
export async function hostNames(): Promise<string[]> {
  const host = (await hostName())?.toLowerCase();
  const names = host === undefined ? [] : host.includes(".") ? [host] : [host, `${host}.local`];
  return [
    ...new Set([...names.filter((one) => /^[\w.-]+$/.test(one)), ...addresses(), "localhost"]),
  ];
}

async function hostName(): Promise<string | undefined> {
  try {
    return Deno.hostname();
  } catch {
    // Without the right to ask: the file is there on Linux.
    const text = await Deno.readTextFile("/etc/hostname").catch(() => "");
    return text.trim() || undefined;
  }
}

function addresses(): string[] {
  try {
    return Deno.networkInterfaces().map(({ address }) => address)
      .filter((one) => /^(?:10|192\.168|172\.(?:1[6-9]|2\d|3[01]))\.[\d.]+$/.test(one));
  } catch {
    return []; // without the right to ask
  }
}
