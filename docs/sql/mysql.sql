-- Users and access rules for Midge's plugin mysql: MySQL 5.7 and later, MariaDB.
-- Load it into the database that the option `database` names:  mysql mqtt < mysql.sql

CREATE TABLE mqtt_user (
  id           int unsigned NOT NULL AUTO_INCREMENT,
  username     varchar(100) DEFAULT NULL,
  password     varchar(100) DEFAULT NULL,
  salt         varchar(35)  DEFAULT NULL,
  is_superuser tinyint(1)   DEFAULT 0,
  created      datetime     DEFAULT NULL,
  PRIMARY KEY (id),
  UNIQUE KEY mqtt_username (username)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_bin;

CREATE TABLE mqtt_acl (
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
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_bin;

-- User emqx with the password public, as sha256 without a salt.
INSERT INTO mqtt_user (username, password, salt) VALUES
  ('emqx', 'efa1f375d76194fa51a3556a97e641e61685f914d446979da50a551a4333ffd7', NULL);

-- 1. Nobody subscribes to the system topics, 2. but clients at 10.59.1.100 do.
-- 3. Nobody subscribes to /smarthome/+/temperature, 4. but everybody does to that of the own client id.
-- A later row is an exception to an earlier one: these rows want `row_order: last`.
INSERT INTO mqtt_acl (allow, ipaddr, username, clientid, access, topic) VALUES
  (0, NULL,          '$all', NULL, 1, '$SYS/#'),
  (1, '10.59.1.100', NULL,   NULL, 1, '$SYS/#'),
  (0, NULL,          NULL,   NULL, 1, '/smarthome/+/temperature'),
  (1, NULL,          NULL,   NULL, 1, '/smarthome/%c/temperature');
