/** mysql against a real server. */
import { MYSQL_SUBJECT } from "./database/sql.ts";
import { sqlTests } from "./database/sql_cases.ts";

await sqlTests(MYSQL_SUBJECT);
