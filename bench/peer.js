// A peer for comparison: the same dialogue in Node. Its state is in memory or, when PEER_REDIS is the URL of a Redis on
// a Unix socket, in that Redis, with one GET and one SET for each hop. It seals nothing, does not recognise a hop that
// comes again, and stores the saving in memory only.
'use strict';
const http = require('http');
const net = require('net');

const SCREENS = {
  root: 'CON Murakaza neza\n1. Isomo\n2. Ubwizigame\n3. Ubufasha\n4. Izindi',
  savings: 'CON Ubwizigame\n1. Andika\n2. Reba\n0. Inyuma',
  amount: 'CON Iki cyumweru wazigamye angahe?\n0. Inyuma',
  unknown: 'CON Wahisemo nabi\n0. Inyuma',
  done: 'END Murakoze',
};
const NEXT = {
  root: (typed) => (typed === '2' ? 'savings' : 'unknown'),
  savings: (typed) => (typed === '1' ? 'amount' : 'unknown'),
  amount: (typed) => (/^[1-9][0-9]{0,7}$/.test(typed) ? 'confirm' : 'unknown'),
  confirm: (typed) => (typed === '1' ? 'done' : 'root'),
  unknown: () => 'root',
};
const dialogues = new Map();
const totals = new Map();

// Redis's protocol over a socket; answers come in the order of the commands
const waiting = [];
let redis = null, rest = Buffer.alloc(0);
function received(data) {
  rest = rest.length ? Buffer.concat([rest, data]) : data;
  for (;;) {
    const end = rest.indexOf('\r\n');
    if (end < 0) return;
    const line = rest.toString('utf8', 1, end);
    let value = line, next = end + 2;
    if (rest[0] === 36) { // a bulk string
      const length = Number(line);
      if (length < 0) value = null;
      else {
        next = end + 2 + length + 2;
        if (rest.length < next) return;
        value = rest.toString('utf8', end + 2, end + 2 + length);
      }
    } else if (rest[0] === 45) throw new Error(line);
    rest = rest.subarray(next);
    waiting.shift()(value);
  }
}
function ask(...words) {
  const parts = words.map((word) => `$${Buffer.byteLength(word)}\r\n${word}\r\n`);
  return new Promise((resolve) => {
    waiting.push(resolve);
    redis.write(`*${words.length}\r\n${parts.join('')}`);
  });
}

function grouped(amount) { return String(amount).replace(/\B(?=([0-9]{3})+$)/g, ','); }

async function answer(form) {
  const session = form.get('sessionId'), text = form.get('text');
  let state = { at: 'root' };
  if (text !== '') {
    const kept = redis ? await ask('GET', session) : dialogues.get(session);
    if (kept) {
      const typed = text.slice(text.lastIndexOf('*') + 1);
      state = JSON.parse(kept);
      if (state.at === 'amount') state.amount = Number(typed);
      state.at = NEXT[state.at](typed);
    }
  }
  if (state.at === 'done') totals.set(form.get('phoneNumber'), state.amount);
  const kept = JSON.stringify(state);
  if (redis) await ask('SET', session, kept, 'EX', '600');
  else dialogues.set(session, kept);
  if (state.at === 'confirm') return `CON ${grouped(state.amount)} Frw. 1. Yego 2. Oya`;
  return SCREENS[state.at];
}

const server = http.createServer((request, response) => {
  let body = '';
  request.on('data', (data) => { body += data; });
  request.on('end', async () => {
    const said = await answer(new URLSearchParams(body));
    response.writeHead(200, { 'Content-Type': 'text/plain', 'Content-Length': Buffer.byteLength(said) });
    response.end(said);
  });
});
function listen() { server.listen(Number(process.env.PEER_PORT), '127.0.0.1'); }
if (process.env.PEER_REDIS) {
  const [, user, password, socket] = /^unix:\/\/([^:]*):([^@]*)@([^?]+)/.exec(process.env.PEER_REDIS);
  redis = net.connect(socket, async () => {
    await ask('AUTH', user, password);
    listen();
  });
  redis.on('data', received);
} else listen();
