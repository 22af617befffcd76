-- Users and access rules for Midge's plugin postgres.
-- Load it into the database that the option `database` names:  psql -d mqtt -f postgres.sql

CREATE TABLE mqtt_user (
  id           serial PRIMARY KEY,
  is_superuser boolean,
  username     varchar(100) UNIQUE,
  password     varchar(100),
  salt         varchar(40)
);

CREATE TABLE mqtt_acl (
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
CREATE INDEX mqtt_acl_ipaddr ON mqtt_acl (ipaddr);

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
