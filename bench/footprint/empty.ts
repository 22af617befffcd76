/** A program that does nothing, for ever: what Deno itself takes. */
setInterval(() => {}, 1_000_000);
