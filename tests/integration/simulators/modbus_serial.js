// A Modbus TCP client on npm modbus-serial: makes the calls that it is given and prints what each brought, as JSON.
// node modbus_serial.js PORT '[[unit, "readInputRegisters", 0, 15], ...]'
"use strict";
const ModbusRTU = require("modbus-serial");

async function main(port, calls) {
  const client = new ModbusRTU();
  await client.connectTCP("127.0.0.1", { port });
  client.setTimeout(5000);
  const answers = [];
  for (const [unit, call, ...given] of calls) {
    client.setID(unit);
    try {
      const answer = await client[call](...given);
      answers.push(answer.data === undefined ? "written" : answer.data);
    } catch (error) {
      if (error.modbusCode === undefined) throw error;
      answers.push(`exception ${error.modbusCode}`);
    }
  }
  console.log(JSON.stringify(answers));
  client.close(() => process.exit(0));
}

main(Number(process.argv[2]), JSON.parse(process.argv[3])).catch((error) => {
  console.error(error);
  process.exit(1);
});
