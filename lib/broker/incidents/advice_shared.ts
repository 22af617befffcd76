/** Sentences of advice that several reasons share. */

/** A source did not take the login. */
export const LOGIN_DENIED =
  "Check the username and the password that the client sends, and with which " +
  "source it should log in: `midge ctl acl sources` lists them.";
/** The client breaks the standard. */
export const STANDARD =
  "The client breaks the MQTT standard at the statement in brackets: update its " +
  "library, or report it to its maker.";
/** The storage takes nothing. */
export const DISK =
  "Look at the disk and at `midge ctl health`: the storage takes nothing at present.";
/** A right is missing, by what the client wanted. */
export const DENIED = {
  publish: "If it should be allowed, add a rule to the source that is named, or ask " +
    "`midge ctl acl explain CLIENTID publish TOPIC`.",
  subscribe: "If it should be allowed, add a rule to the source that is named, or ask " +
    "`midge ctl acl explain CLIENTID subscribe FILTER`.",
  receive: "If it should get such messages, add a receive rule, or ask " +
    "`midge ctl acl explain CLIENTID receive TOPIC`.",
} as const;
