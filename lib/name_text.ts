/** Which texts can be someone's name. Pure. Invariant: a name's characters stand there; none of them does something. */

/** Can this be someone's name? Not where it is empty, or has characters that do something instead of standing there. */
export function isName(text: string): boolean {
  return text !== "" && !/[\p{Cc}\p{Cs}\p{Zl}\p{Zp}\u202a-\u202e\u2066-\u2069\ufeff]/u.test(text);
}
