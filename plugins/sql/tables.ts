/**
 * The tables of the guide, as `midge db init` creates them. Invariant: docs/sql/mysql.sql and docs/sql/postgres.sql
 * have the same statements (a test compares them), with sample rows behind.
 */

/** For MySQL and MariaDB. */
export const MYSQL_TABLES = {
  mqtt_user: `CREATE TABLE mqtt_user (
  id           int unsigned NOT NULL AUTO_INCREMENT,
  username     varchar(100) DEFAULT NULL,
  password     varchar(100) DEFAULT NULL,
  salt         varchar(35)  DEFAULT NULL,
  is_superuser tinyint(1)   DEFAULT 0,
  created      datetime     DEFAULT NULL,
  PRIMARY KEY (id),
  UNIQUE KEY mqtt_username (username)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_bin`,
  mqtt_acl: `CREATE TABLE mqtt_acl (
  id       int unsigned NOT NULL AUTO_INCREMENT,
  allow    int          DEFAULT 1    COMMENT '0: deny, 1: allow',
  ipaddr   varchar(60)  DEFAULT NULL COMMENT 'address or CIDR range',
  username varchar(100) DEFAULT NULL COMMENT '$all: every user',
  clientid varchar(100) DEFAULT NULL,
  access   int          NOT NULL     COMMENT '1: subscribe, 2: publish, 3: both',
  topic    varchar(100) NOT NULL DEFAULT '' COMMENT 'a filter, with %u and %c as whole levels; or: eq FILTER',
  PRIMARY KEY (id),
  KEY mqtt_acl_username (username),
  KEY mqtt_acl_clientid (clientid),
  KEY mqtt_acl_ipaddr (ipaddr)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_bin`,
} as const;

/** For PostgreSQL; a table and its indexes at once. */
export const POSTGRES_TABLES = {
  mqtt_user: `CREATE TABLE mqtt_user (
  id           serial PRIMARY KEY,
  is_superuser boolean,
  username     varchar(100) UNIQUE,
  password     varchar(100),
  salt         varchar(40)
)`,
  mqtt_acl: `CREATE TABLE mqtt_acl (
  id       serial PRIMARY KEY,
  allow    integer,       -- 0: deny, 1: allow
  ipaddr   varchar(60),   -- address or CIDR range
  username varchar(100),  -- $all: every user
  clientid varchar(100),
  access   integer,       -- 1: subscribe, 2: publish, 3: both
  topic    varchar(100)   -- a filter, with %u and %c as whole levels; or: eq FILTER
);
CREATE INDEX mqtt_acl_username ON mqtt_acl (username);
CREATE INDEX mqtt_acl_clientid ON mqtt_acl (clientid);
CREATE INDEX mqtt_acl_ipaddr ON mqtt_acl (ipaddr)`,
} as const;
