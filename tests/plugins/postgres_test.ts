/** postgres against a real server. */
import { POSTGRES_SUBJECT } from "./database/sql.ts";
import { sqlTests } from "./database/sql_cases.ts";

await sqlTests(POSTGRES_SUBJECT);
