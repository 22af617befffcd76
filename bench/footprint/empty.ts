/** A program that waits: what the runtime takes by itself. */
setInterval(() => {}, 1_000_000);
