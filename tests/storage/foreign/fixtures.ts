/**
 * What real brokers have kept of tests/storage/foreign/mosquitto_scene.ts: mosquitto 2.0.11 in its file, mosquitto 2.1.2 in
 * the database of persist-sqlite; and aMQTT 0.12.1 in that of SessionDBPlugin. Invariant: as it was, but for what of the
 * broker's memory stood in the file, which is zero here.
 */
import { decodeBase64 } from "../../../lib/encoding.ts";

/** A mosquitto.db, format version 6, saved at {@link MOSQUITTO_SAVED}. */
export const MOSQUITTO_DB: Uint8Array = decodeBase64(`
  ALUAbW9zcXVpdHRvIGRiAAAAAAAAAAYAAAABAAAAED4AAAAAAAAAAAgAAAAAAAAAAAACAAAALT4AAAAAAAAAAAAAAAAAAAAA
  AAAFAAsABAAAAASTkwIBaGFsZmEvaW50YWtlbgAAAAIAAAAxPQAAAAAAAAAAAAAAAAAAAAAAAAUAAAAJAAAAA5OTAAFwdWJs
  aXNoZXIwMDdhZ2VudAAAAAIAAABpPAAAAAAAAAC/OAprAAAAAAAAAAEAAQAJAAAACZOTAQFwdWJsaXNoZXJyL2V4cGlyZXN4
  NQEBAwAKdGV4dC9wbGFpbggAB2Fuc3dlcnMJAAMAAf8mAAFiAAExJgABYQACw6QmAAFiAAEyAAAAAgAAAGc7AAAAAAAAAL84
  CmsAAAAAAAAAAAABAAkAAAAIk5MCAXB1Ymxpc2hlci9sZWFkL8O8NQEBAwAKdGV4dC9wbGFpbggAB2Fuc3dlcnMJAAMAAf8m
  AAFiAAExJgABYQACw6QmAAFiAAEyAAAAAgAAADE6AAAAAAAAAAAAAAAAAAAAAAAAAgABAAkAAAAGk5MBAXB1Ymxpc2hlcnIv
  a2VwdAD/AAAAAgAAADI5AAAAAAAAAAAAAAAAAAAAAAAABgABAAkAAAADk5MBAHB1Ymxpc2hlcnMvMXNoYXJlZAAAAAIAAABm
  OAAAAAAAAAC/OAprAAAAAAAAAAQAAQAJAAAAA5OTAQBwdWJsaXNoZXJhLzR0ZXh0NQEBAwAKdGV4dC9wbGFpbggAB2Fuc3dl
  cnMJAAMAAf8mAAFiAAExJgABYQACw6QmAAFiAAEyAAAAAgAAAC83AAAAAAAAAAAAAAAAAAAAAAAAAwABAAkAAAADk5MBAHB1
  Ymxpc2hlcmEvM2EvMwAAAAIAAAAvNgAAAAAAAAAAAAAAAAAAAAAAAAMAAQAJAAAAA5OTAgBwdWJsaXNoZXJhLzJhLzIAAAAC
  AAAALzUAAAAAAAAAAAAAAAAAAAAAAAADAAEACQAAAAOTkwIAcHVibGlzaGVyYS8xYS8xAAAABgAAAB93RAprAAAAAAAADhAA
  BgAEk5MAAwAAAABmaXZlYW5uAAAAAwAAABc1AAAAAAAAAAABAAQCCQEBZml2ZQILBwAAAAMAAAAXNgAAAAAAAAAAAgAEAgUB
  AWZpdmUCCwcAAAADAAAAFzcAAAAAAAAAAAMABAEDAQFmaXZlAgsHAAAAAwAAABc4AAAAAAAAAAAEAAQBCwABZml2ZQILBwAA
  AAMAAAAUOQAAAAAAAAAABQAEAQsAAWZpdmUAAAADAAAAFzoAAAAAAAAAAAYABAELEAFmaXZlAgsHAAAABgAAAxwAAAAAAAAA
  AP////8ACAAEk5MDAAAAAABmb3VyYW5uAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA
  AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA
  AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA
  AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA
  AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA
  AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA
  AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA
  AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA
  AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA
  AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA
  AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA
  AwAAABQ1AAAAAAAAAAABAAQCCwABZm91cgAAAAMAAAAUNgAAAAAAAAAAAgAEAgsAAWZvdXIAAAADAAAAFDcAAAAAAAAAAAMA
  BAELAAFmb3VyAAAAAwAAABQ4AAAAAAAAAAAEAAQBCwABZm91cgAAAAMAAAAUOQAAAAAAAAAABQAEAQsAAWZvdXIAAAADAAAA
  FDoAAAAAAAAAAAYABAELAAFmb3VyAAAAAwAAABQ7AAAAAAAAAAAHAAQCCwABZm91cgAAAAMAAAAUPAAAAAAAAAAACAAEAQsA
  AWZvdXIAAAAGAAAAHwAAAAAAAAAA/////wAAAASTkwADAAAAAGhhbGZhbm4AAAADAAAAFD4AAAAAAAAAAAsABAIHEABoYWxm
  AAAABQAAABMAAAAHAAQAAwIEAABmaXZlYS8jAAAABQAAABQAAAAAAAQABAEAAABmb3VyYS9pbgAAAAUAAAAWAAAABwAEAAYB
  CAAAZml2ZSsva2VwdAAAAAUAAAAYAAAAAAAEAAgAAAAAZml2ZS9sZWFkL8O8AAAABQAAABEAAAAAAAQAAQIAAABmb3VyIwAA
  AAQAAAAIOgAAAAAAAAAAAAAEAAAACDwAAAAAAAAAAAAABAAAAAg9AAAAAAAAAA==
`);

/** Milliseconds since the epoch. */
export const MOSQUITTO_SAVED = 1_795_831_399_500;

/** A mosquitto.sqlite3, schema version 1.1, and when it was. */
export const MOSQUITTO_SQL = `
CREATE TABLE base_msgs (store_id INT64 PRIMARY KEY,expiry_time INT64,topic STRING NOT NULL,payload BLOB,source_id STRING,source_username STRING,payloadlen INTEGER,source_mid INTEGER,source_port INTEGER,qos INTEGER,retain INTEGER,properties STRING);
INSERT INTO "base_msgs" VALUES(1330961615432824,0,'a/1',X'612F31','publisher',NULL,3,1,22021,2,0,NULL);
INSERT INTO "base_msgs" VALUES(1330961615440874,0,'a/2',X'612F32','publisher',NULL,3,1,22021,2,0,NULL);
INSERT INTO "base_msgs" VALUES(1330961615445077,0,'a/3',X'612F33','publisher',NULL,3,1,22021,1,0,NULL);
INSERT INTO "base_msgs" VALUES(1330961615723611,1795831861,'a/4',X'74657874','publisher',NULL,4,1,22021,1,0,'[{"identifier":"payload-format-indicator","value":1},{"identifier":"content-type","value":"text/plain"},{"identifier":"response-topic","value":"answers"},{"identifier":"correlation-data","value":"0001FF"},{"identifier":"user-property","name":"b","value":"1"},{"identifier":"user-property","name":"a","value":"ä"},{"identifier":"user-property","name":"b","value":"2"}]');
INSERT INTO "base_msgs" VALUES(1330961615727308,0,'s/1',X'736861726564','publisher',NULL,6,1,22021,1,0,NULL);
INSERT INTO "base_msgs" VALUES(1330961615729801,0,'r/kept',X'00FF','publisher',NULL,2,1,22021,1,1,NULL);
INSERT INTO "base_msgs" VALUES(1330961615732736,1795831861,'/lead/ü',NULL,'publisher',NULL,0,1,22021,2,1,'[{"identifier":"payload-format-indicator","value":1},{"identifier":"content-type","value":"text/plain"},{"identifier":"response-topic","value":"answers"},{"identifier":"correlation-data","value":"0001FF"},{"identifier":"user-property","name":"b","value":"1"},{"identifier":"user-property","name":"a","value":"ä"},{"identifier":"user-property","name":"b","value":"2"}]');
INSERT INTO "base_msgs" VALUES(1330961615737133,1795831861,'r/expires',X'78','publisher',NULL,1,1,22021,1,1,'[{"identifier":"payload-format-indicator","value":1},{"identifier":"content-type","value":"text/plain"},{"identifier":"response-topic","value":"answers"},{"identifier":"correlation-data","value":"0001FF"},{"identifier":"user-property","name":"b","value":"1"},{"identifier":"user-property","name":"a","value":"ä"},{"identifier":"user-property","name":"b","value":"2"}]');
INSERT INTO "base_msgs" VALUES(1330961615739866,0,7,X'6167656E74','publisher',NULL,5,0,22021,0,1,NULL);
INSERT INTO "base_msgs" VALUES(1330961615750087,0,'a/in',X'74616B656E','half',NULL,5,11,22021,2,1,NULL);
CREATE TABLE client_msgs (client_id TEXT NOT NULL,cmsg_id INT64,store_id INT64,dup INTEGER,direction INTEGER,mid INTEGER,qos INTEGER,retain INTEGER,state INTEGER,subscription_identifier INTEGER);
INSERT INTO "client_msgs" VALUES('five',1,1330961615432824,1,1,1,2,0,9,7);
INSERT INTO "client_msgs" VALUES('four',1,1330961615432824,0,1,1,2,0,11,0);
INSERT INTO "client_msgs" VALUES('five',2,1330961615440874,1,1,2,2,0,5,7);
INSERT INTO "client_msgs" VALUES('four',2,1330961615440874,0,1,2,2,0,11,0);
INSERT INTO "client_msgs" VALUES('five',3,1330961615445077,1,1,3,1,0,3,7);
INSERT INTO "client_msgs" VALUES('four',3,1330961615445077,0,1,3,1,0,11,0);
INSERT INTO "client_msgs" VALUES('five',4,1330961615723611,0,1,4,1,0,11,7);
INSERT INTO "client_msgs" VALUES('four',4,1330961615723611,0,1,4,1,0,11,0);
INSERT INTO "client_msgs" VALUES('four',5,1330961615727308,0,1,5,1,0,11,0);
INSERT INTO "client_msgs" VALUES('five',5,1330961615727308,0,1,5,1,0,11,0);
INSERT INTO "client_msgs" VALUES('five',6,1330961615729801,0,1,6,1,1,11,7);
INSERT INTO "client_msgs" VALUES('four',6,1330961615729801,0,1,6,1,0,11,0);
INSERT INTO "client_msgs" VALUES('four',7,1330961615732736,0,1,7,2,0,11,0);
INSERT INTO "client_msgs" VALUES('four',8,1330961615737133,0,1,8,1,0,11,0);
INSERT INTO "client_msgs" VALUES('half',1,1330961615750087,0,0,11,2,1,7,0);
CREATE TABLE clients (client_id TEXT PRIMARY KEY,username TEXT,connection_time INT64,will_delay_time INT64,session_expiry_time INT64,listener_port INT,max_packet_size INT,max_qos INT,retain_available INT,session_expiry_interval INT,will_delay_interval INT);
INSERT INTO "clients" VALUES('five','ann',1795831261,0,1795834861,22021,0,2,1,3600,0);
INSERT INTO "clients" VALUES('four',NULL,1795831261,0,0,22021,0,2,1,-1,0);
INSERT INTO "clients" VALUES('half',NULL,1795831261,0,0,22021,0,2,1,-1,0);
CREATE TABLE retains (topic STRING PRIMARY KEY,store_id INT64);
INSERT INTO "retains" VALUES('r/kept',1330961615729801);
INSERT INTO "retains" VALUES('r/expires',1330961615737133);
INSERT INTO "retains" VALUES(7,1330961615739866);
CREATE TABLE subscriptions (client_id TEXT NOT NULL,topic TEXT NOT NULL,subscription_options INTEGER,subscription_identifier INTEGER,PRIMARY KEY (client_id, topic) );
INSERT INTO "subscriptions" VALUES('five','a/#',6,7);
INSERT INTO "subscriptions" VALUES('five','+/kept',9,7);
INSERT INTO "subscriptions" VALUES('five','$share/g/s/#',1,0);
INSERT INTO "subscriptions" VALUES('five','/lead/ü',0,0);
INSERT INTO "subscriptions" VALUES('four','a/in',1,0);
INSERT INTO "subscriptions" VALUES('four','#',2,0);
CREATE TABLE version_info (component TEXT NOT NULL,major INTEGER NOT NULL,minor INTEGER NOT NULL,patch INTEGER NOT NULL);
INSERT INTO "version_info" VALUES('database_schema',1,1,0);
CREATE TABLE wills (client_id TEXT PRIMARY KEY,payload BLOB,topic STRING NOT NULL,payloadlen INTEGER,qos INTEGER,retain INTEGER,properties STRING);
CREATE INDEX client_msgs_client_id ON client_msgs(client_id);
CREATE INDEX client_msgs_store_id ON client_msgs(store_id,client_id);
CREATE INDEX retains_storeid ON retains(store_id);`;

/** Milliseconds since the epoch. */
export const MOSQUITTO_SQL_SAVED = 1_795_831_261_500;

/** Three clients with wills when mosquitto was killed: one there, one of a clean session, one gone with a delayed will. */
export const MOSQUITTO_WILLS_SQL = `
INSERT INTO "clients" VALUES('there','ann',1795831446,0,0,22021,0,2,1,3600,300);
INSERT INTO "clients" VALUES('cut',NULL,1795831446,1795831746,1795835046,22021,0,2,1,3600,300);
INSERT INTO "wills" VALUES('there',X'00FF','w/there',2,1,1,'[{"identifier":"content-type","value":"text/plain"},{"identifier":"user-property","name":"a","value":"b"}]');
INSERT INTO "wills" VALUES('clean',X'676F6E65','w/clean',4,0,0,NULL);
INSERT INTO "wills" VALUES('cut',NULL,'w/cut',0,2,0,'[{"identifier":"content-type","value":"text/plain"},{"identifier":"user-property","name":"a","value":"b"}]');`;

/** An amqtt.db: two clients, of whom one was away. */
export const AMQTT_SQL = `
CREATE TABLE stored_messages (
	id INTEGER NOT NULL, 
	topic TEXT NOT NULL, 
	data BLOB, 
	qos INTEGER NOT NULL, 
	PRIMARY KEY (id)
);
INSERT INTO "stored_messages" VALUES(1,'r/1',X'00FF',1);
INSERT INTO "stored_messages" VALUES(2,'r/3',X'',0);
INSERT INTO "stored_messages" VALUES(3,'r/2',X'74776F',0);
CREATE TABLE stored_sessions (
	id INTEGER NOT NULL, 
	client_id TEXT NOT NULL, 
	clean_session BOOLEAN, 
	will_flag BOOLEAN DEFAULT 'false' NOT NULL, 
	will_message BLOB, 
	will_qos INTEGER, 
	will_retain BOOLEAN, 
	will_topic TEXT, 
	keep_alive INTEGER NOT NULL, 
	retained JSON NOT NULL, 
	subscriptions JSON NOT NULL, 
	PRIMARY KEY (id)
);
INSERT INTO "stored_sessions" VALUES(1,'away',0,1,X'676F6E65',1,1,'w/away',9,'[{"topic": "a/1", "data": "eins \u00e4", "qos": 1}]','[{"topic": "a/#", "qos": 2}]');
INSERT INTO "stored_sessions" VALUES(2,'away',NULL,0,NULL,NULL,NULL,NULL,0,'[]','[{"topic": "+/b", "qos": 2}]');
INSERT INTO "stored_sessions" VALUES(3,'away',NULL,0,NULL,NULL,NULL,NULL,0,'[]','[{"topic": "a/#", "qos": 1}]');`;
