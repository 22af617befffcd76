/**
 * Loaded before zigbee2mqtt: a Zigbee adapter without hardware. It knows a coordinator and no other device; all above it is
 * zigbee2mqtt as it is.
 */
const { EventEmitter } = require("node:events");
const path = require("node:path");

const herdsman = path.join(process.env.HOME_PROGRAMS, "node_modules/zigbee-herdsman");
const { Adapter } = require(path.join(herdsman, "dist/adapter/adapter.js"));

const DESCRIPTORS = {
  endpointList: [1],
  endpoint: 1,
  profileId: 260,
  deviceId: 5,
  deviceVersion: 1,
  inClusterList: [0, 6],
  outClusterList: [],
  capabilities: {},
  manufacturerCode: 0,
  serverMask: {},
};

class AdapterStub extends EventEmitter {
  hasZdoMessageOverhead = false;
  manufacturerID = 0;
  start = () => Promise.resolve("resumed");
  stop = () => Promise.resolve();
  getCoordinatorIEEE = () => Promise.resolve("0x00124b00120144ae");
  getCoordinatorVersion = () => Promise.resolve({ type: "stub", meta: { revision: "1" } });
  getNetworkParameters = () =>
    Promise.resolve({
      panID: 6754,
      extendedPanID: "0x0102030405060708",
      channel: 11,
      nwkUpdateID: 0,
    });
  supportsBackup = () => Promise.resolve(false);
  permitJoin = () => Promise.resolve();
  sendZdo = () => Promise.resolve([0, DESCRIPTORS]);
  sendZclFrameToAll = () => Promise.resolve();
}

Adapter.create = () => Promise.resolve(new AdapterStub());
