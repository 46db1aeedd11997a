// An Aquila Q2 as its manual describes it. Prints when it is there, then one line for each movement that it took.
"use strict";
const mqtt = require("mqtt");

const [, , port, base] = process.argv;
const say = (what) => process.stdout.write(JSON.stringify(what) + "\n");

let position = 99;
let target = 99;
let litres = 4711.5;
setInterval(() => {
  const step = 20;
  position += Math.max(-step, Math.min(step, target - position));
  litres += flow() / 600;
}, 100);
const flow = () => (position > 5 ? 9.3 * (position / 100) : 0);

const client = mqtt.connect({ host: "127.0.0.1", port: Number(port), protocol: "mqtt", protocolVersion: 4 });
client.on("connect", () => client.subscribe([`${base}/ask`, `${base}/move`], { qos: 1 }, () => say({ ready: true })));
client.on("message", (topic, payload) => {
  const message = JSON.parse(payload.toString());
  if (topic.endsWith("/ask")) {
    const answer = { ref: message.ref, id: "Q2-00381", pos: position, lpm: Number(flow().toFixed(2)), total_l: Number(litres.toFixed(1)) };
    client.publish(message.back, JSON.stringify(answer), { qos: 1 });
    return;
  }
  if (message.pos !== 0 && message.pos !== 100) {
    client.publish(message.back, JSON.stringify({ ref: message.ref, fault: { code: 4 } }), { qos: 1 });
    return;
  }
  say({ wrote: message.pos === 0 ? "disconnected" : "connected" });
  target = message.pos === 0 ? 1 : 99;
  client.publish(message.back, JSON.stringify({ ref: message.ref, taken: true }), { qos: 1 });
});
