/** `midge ctl` of clients, topics, retained messages, configuration, health and the log, as processes. */
import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { MidgeProcess, type Outcome, runMidge, TempFolder } from "../../support/midge_process.ts";
import { followMidge } from "../asking_process.ts";
import { RawClient } from "../../support/raw_client.ts";
import { publish, suback, subscribe } from "../../support/raw_packets.ts";
