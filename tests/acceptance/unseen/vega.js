// A Vega SM-3R as its manual describes it. Prints its port, then one line for each write that it took.
"use strict";
const ModbusRTU = require("modbus-serial");

const UNIT = 17;
const say = (what) => process.stdout.write(JSON.stringify(what) + "\n");

let contact = 90;
let unlockedUntil = 0;
let energy = 812345;
const low = (value) => value & 0xffff;
const high = (value) => (value >>> 16) & 0xffff;
const power = () => (contact === 90 ? 1840 : 0);

const registers = () => ({
  0x0100: low(40771123), 0x0101: high(40771123),
  0x0102: contact,
  0x0103: 2304,
  0x0104: low(power()), 0x0105: high(power()),
  0x0106: low(energy), 0x0107: high(energy),
});

const refuse = (code) => { const error = new Error("refused"); error.modbusErrorCode = code; throw error; };

const vector = {
  getInputRegister: (address, unit) => {
    const value = registers()[address];
    if (unit !== UNIT || value === undefined) refuse(2);
    return value;
  },
  getHoldingRegister: () => refuse(2),
  setRegister: (address, value, unit) => {
    if (unit !== UNIT) refuse(2);
    if (address === 0x0200 && value === 0x55aa) {
      unlockedUntil = Date.now() + 5000;
      return;
    }
    if (address === 0x0210) {
      energy = 0;
      say({ wrote: "erased" });
      return;
    }
    if (address !== 0x0201 || (value !== 1 && value !== 2)) refuse(2);
    if (Date.now() > unlockedUntil) refuse(3);
    unlockedUntil = 0;
    say({ wrote: value === 1 ? "connected" : "disconnected" });
    contact = 60;
    setTimeout(() => { contact = value === 1 ? 90 : 165; }, 400);
  },
};

const server = new ModbusRTU.ServerTCP(vector, { host: "127.0.0.1", port: Number(process.argv[2]), unitID: UNIT });
server.on("initialized", () => say({ ready: true }));
server.on("socketError", () => {});
