// Small helpers for the page's elements and sentences.

let language = "en";

/** A sentence, with its placeholders filled. */
function say(key, values = {}) {
  return TEXTS[language][key].replace(/\{(\w+)\}/g, (_, name) => values[name]);
}

const byId = (id) => document.getElementById(id);
const shownDay = (day) => day.split("-").reverse().join("/");

/** A new element. `properties` are attributes, but for `text` and `click`. */
function make(tag, properties = {}, ...children) {
  const { text, click, ...attributes } = properties;
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value !== false) element.setAttribute(name, value === true ? "" : value);
  }
  if (text !== undefined) element.textContent = text;
  if (click) element.addEventListener("click", click);
  element.append(...children);
  return element;
}

const paragraph = (text, kind) => make("p", kind ? { text, class: kind } : { text });

/** Writes the sentences of the fixed part of the page. */
function writeTexts() {
  document.documentElement.lang = language;
  document.title = say("title", { programme: PINS.programme });
  for (const element of document.querySelectorAll("[data-text]")) {
    element.textContent = say(element.dataset.text, { programme: PINS.programme });
  }
  for (const button of document.querySelectorAll("[data-language]")) {
    button.setAttribute("aria-pressed", String(button.dataset.language === language));
  }
}

/** How often the page was cleared: work that began before must show nothing after. */
let clearings = 0;
let complaint = null;

/** Says what went wrong, or clears it. `key` names the sentence. */
function complain(key) {
  complaint = key;
  byId("fault").textContent = key ? say(key, { programme: PINS.programme }) : "";
}

function showView(name) {
  for (const view of document.querySelectorAll("[data-view]")) view.hidden = view.dataset.view !== name;
}

/** A label with a box to tick. `box` is its input. */
function tickBox(text, id, whenChanged) {
  const box = make("input", { type: "checkbox", id, autocomplete: "off" });
  if (whenChanged) box.addEventListener("change", () => whenChanged(box.checked));
  return { box, label: make("label", { for: id, class: "tick" }, box, make("span", { text })) };
}

let offered = [];

/** A link that saves a file, made in the page. */
function fileLink(name, text, label) {
  const address = URL.createObjectURL(new Blob([text], { type: "application/json" }));
  offered.push(address);
  return make("a", { href: address, download: name, class: "button", text: label });
}

function forgetFiles() {
  offered.forEach((address) => URL.revokeObjectURL(address));
  offered = [];
}

/** A field from which a text is copied; all of it is selected at once. */
function copyField(id, label, text, rows) {
  const field = make("textarea", { id, readonly: true, rows, spellcheck: "false", autocomplete: "off" });
  field.value = text;
  field.addEventListener("focus", () => field.select());
  return make("div", { class: "field" }, make("label", { for: id, text: label }), field);
}

/** A number in groups: a country's three digits, then threes. */
const groupedNumber = (number) => number.replace(/(\d{3})(?=\d)/g, "$1 ");
