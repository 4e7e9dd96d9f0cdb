// The handset: its keys, input and screen. The network is behind /phone/….
"use strict";

const $ = (id) => document.getElementById(id);
const lcd = document.querySelector(".lcd");
const longest = 160;

// mode: idle (typing a code) · busy (waiting for the network) · open (an answer is wanted) · over (the last screen)
const phone = { mode: "idle", typed: "", call: null, redial: "", retry: null };
let people = [];

function show(mode, screen, length) {
  phone.mode = mode;
  phone.typed = "";
  lcd.className = `lcd ${mode}`;
  $("screen").textContent = screen;
  $("screen").scrollTop = 0;
  $("count").textContent = length == null ? "" : `${length}/${longest}`;
  label();
}

function label() {
  $("typed").textContent = phone.typed;
  const left = { idle: phone.typed || !phone.redial ? "Call" : "Redial", busy: "", open: "Send", over: "OK" };
  $("soft-left").textContent = left[phone.mode];
  $("soft-right").textContent = phone.typed ? "Clear" : "";
}

function idle() {
  phone.call = phone.retry = null;
  show("idle", `Dial ${document.body.dataset.code}`, null);
}

async function ask(path, body) {
  const response = await fetch(`/phone/${path}`, {
    method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(body),
  });
  if (!response.ok) throw new Error(`${path}: ${response.status}`);
  return response.json();
}

// A hop without an answer may be sent again: the service recognises it, and does it once.
async function hop(path, body) {
  const line = {};
  phone.line = line;
  show("busy", "...", null);
  let answer;
  try {
    answer = await ask(path, body);
  } catch {
    if (phone.line !== line) return;
    show("over", "No network.\nPress the green key to try again.", null);
    phone.retry = () => hop(path, body);
    return;
  }
  if (phone.line !== line) {
    if (answer.call && !answer.ends) hangUp(answer.call);
    return;
  }
  phone.retry = null;
  phone.call = answer.ends ? null : answer.call;
  show(answer.ends ? "over" : "open", answer.screen, answer.length);
}

function hangUp(call) {
  ask("hang-up", { call }).catch(() => {});
}

function leave() {
  if (phone.call) hangUp(phone.call);
  phone.line = null;
  idle();
}

function green() {
  if (phone.retry) {
    phone.retry();
  } else if (phone.mode === "over") {
    idle();
  } else if (phone.mode === "open" && phone.typed) {
    hop("answer", { call: phone.call, input: phone.typed });
  } else if (phone.mode === "idle" && phone.typed) {
    phone.redial = phone.typed;
    hop("dial", { number: $("number").value.trim(), dialled: phone.typed });
  } else if (phone.mode === "idle") {
    type(phone.redial);
  }
}

function clear() {
  if (phone.mode === "over") idle();
  phone.typed = phone.typed.slice(0, -1);
  label();
}

function type(text) {
  if (phone.mode === "busy") return;
  if (phone.mode === "over") idle();
  if (phone.mode === "idle" && !/^[0-9*#+]*$/.test(text)) return;
  phone.typed = (phone.typed + text).slice(0, longest);
  label();
}

function press(key) {
  const step = { up: -40, down: 40 }[key];
  if (step) $("screen").scrollBy(0, step);
  else if (key === "green") green();
  else if (key === "red") leave();
  else if (key === "clear") clear();
  else type(key);
}

const keys = { Enter: "green", Escape: "red", Backspace: "clear", ArrowUp: "up", ArrowDown: "down" };

document.addEventListener("keydown", (event) => {
  const on = event.target;
  if (event.ctrlKey || event.metaKey || event.altKey || on.matches("select, input")) return;
  if (on.matches("button") && (event.key === "Enter" || event.key === " ")) return;
  const key = keys[event.key] ?? (event.key.length === 1 ? event.key : null);
  if (key === null) return;
  event.preventDefault();
  press(key);
});

document.querySelector(".phone").addEventListener("click", (event) => {
  const button = event.target.closest("[data-key]");
  if (button) press(button.dataset.key);
});
// a mouse click keeps the focus where it is, so that Enter stays the green key
document.querySelector(".phone").addEventListener("mousedown", (event) => event.preventDefault());
window.addEventListener("pagehide", () => {
  if (!phone.call) return;
  const body = new Blob([JSON.stringify({ call: phone.call })], { type: "application/json" });
  navigator.sendBeacon("/phone/hang-up", body);
});

// Who is calling

const roles = { woman: "Women", man: "Men", leader: "Leaders", coach: "Coaches" };
const groupOf = (person) => `${person.code}|${person.role}|${person.role === "coach" ? "" : person.group ?? ""}`;

function groupName(person) {
  if (person.role === "coach") return "Coaches";
  return person.group == null ? roles[person.role] : `${roles[person.role]} ${person.group}: ${person.place}`;
}

function option(value, text) {
  const made = document.createElement("option");
  made.value = value;
  made.textContent = text;
  return made;
}

function fillGroups() {
  const named = new Map(people.map((person) => [groupOf(person), groupName(person)]));
  $("group").replaceChildren(...[...named].map(([key, name]) => option(key, name)), option("", "Someone else"));
}

function fillPeople() {
  const there = people.map((person, at) => [person, at]).filter(([person]) => groupOf(person) === $("group").value);
  $("person").replaceChildren(...there.map(([person, at]) => option(at, `${person.told ? "✉ " : ""}${person.member ?? "Coach"} · ${person.number}`)));
  $("person").disabled = there.length === 0;
}

function about(person) {
  if (!person) return "A number that the programme does not know, or any that you type.";
  if (person.role === "coach") return `Coach of group ${person.group ?? "-"}.`;
  const saves = { free: "saves free amounts", shares: "saves in shares" }[person.mode] ?? "in no savings group";
  const alone = person.people === 1 ? "alone on this number" : `one of ${person.people} on this number`;
  return `Member ${person.member}: ${saves}, ${person.pin ? "has a PIN" : "no PIN yet"}, ${alone}.`;
}

// The messages of the number, newest first; asked again while the page is visible

const inbox = { shown: null, timer: null, every: 2000 };

function card(message) {
  const made = document.createElement("li");
  const head = document.createElement("div");
  const text = document.createElement("p");
  head.className = "head";
  for (const words of [message.sender || "SMS", message.at, `${message.length}/${longest}`]) {
    head.append(Object.assign(document.createElement("span"), { textContent: words }));
  }
  text.textContent = message.text;
  made.append(head, text);
  return made;
}

function showInbox({ time, ...answer }) {
  // the service's time, which may differ from this machine's
  $("clock").textContent = time;
  const now = JSON.stringify(answer);
  if (now === inbox.shown) return;
  inbox.shown = now;
  const messages = answer.messages ?? [];
  $("messages").replaceChildren(...messages.map(card));
  $("no-messages").textContent = answer.available ? "No messages." : "Messages can't be shown: the provider is not the stand-in on this machine.";
  $("no-messages").hidden = messages.length > 0;
  $("reply").hidden = !answer.available;
  $("envelope").textContent = messages.length ? `✉ ${messages.length}` : "";
}

async function look() {
  clearTimeout(inbox.timer);
  const number = $("number").value.trim();
  try {
    const response = await fetch(`/phone/messages?number=${encodeURIComponent(number)}`);
    if (response.ok && number === $("number").value.trim()) showInbox(await response.json());
  } catch {
    // the service does not answer: keep what is shown
  }
  clearTimeout(inbox.timer);
  if (!document.hidden) inbox.timer = setTimeout(look, inbox.every);
}

async function sendToService(path, more) {
  $("reply-said").textContent = "";
  let answer;
  try {
    answer = await ask(path, { number: $("number").value.trim(), ...more });
  } catch {
    answer = {};
  }
  $("reply-said").textContent = answer.taken ? "Sent." : answer.why ?? "Not sent: no network.";
  if (answer.taken) $("reply-text").value = "";
  look();
}

$("reply").addEventListener("submit", (event) => {
  event.preventDefault();
  const text = $("reply-text").value.trim();
  if (text) sendToService("reply", { text });
});
$("opt-out").addEventListener("click", () => sendToService("opt-out", {}));
document.addEventListener("visibilitychange", look);

function choose() {
  const person = $("group").value === "" ? null : people[$("person").value];
  $("number").value = person ? person.number : "+250780999999";
  $("about").textContent = about(person);
  $("reply-said").textContent = "";
  leave();
  look();
}

$("group").addEventListener("change", () => { fillPeople(); choose(); });
$("person").addEventListener("change", choose);
$("number").addEventListener("change", () => {
  $("about").textContent = about(people.find((person) => person.number === $("number").value.trim()));
  $("reply-said").textContent = "";
  leave();
  look();
});

async function start() {
  idle();
  people = await (await fetch("/phone/people")).json();
  fillGroups();
  const first = people.findIndex((p) => p.role === "woman" && p.people === 1 && !p.pin && p.mode === "free");
  const told = people.findIndex((p) => p.told);
  const at = Math.max(0, told < 0 ? first : told);
  const person = people[at];
  $("group").value = person ? groupOf(person) : "";
  fillPeople();
  if (person) $("person").value = String(at);
  choose();
}

start();
