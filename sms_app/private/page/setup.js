// Setting up a caseworker's key, step by step. Nothing is kept when the page clears itself.

const SETUP = { step: null };

async function startSetup(file) {
  SETUP.file = readSetup(await file.text(), PINS);
  SETUP.step = "kin";
  SETUP.kin = [];
  renderSetup();
}

function forgetSetup() {
  for (const name of Object.keys(SETUP)) delete SETUP[name];
  byId("setup").replaceChildren();
}

function renderSetup() {
  const steps = { kin: setupKin, words: setupWords, again: setupAgain, done: setupDone };
  byId("setup").replaceChildren(
    make("h2", { text: say("setup_heading", { caseworker: SETUP.file.caseworker }), tabindex: "-1", id: "setup-heading" }),
    ...steps[SETUP.step](),
  );
  showView("setup");
  byId("setup-heading").focus();
}

function setupStep(step) {
  SETUP.step = step;
  renderSetup();
}

function setupKin() {
  const boxes = SETUP.file.sectors.map((sector, at) => ({ sector, ...tickBox(sector, `kin-${at}`) }));
  const group = make("fieldset", { class: "sectors" }, make("legend", { text: say("kin_question") }));
  group.append(...boxes.map(({ label }) => label));
  const next = () => {
    SETUP.kin = boxes.filter(({ box }) => box.checked).map(({ sector }) => sector);
    SETUP.passphrase = newPassphrase(WORD_RULE);
    setupStep("words");
  };
  return [paragraph(say("kin_why")), group, make("button", { type: "button", text: say("make_key"), click: next })];
}

function setupWords() {
  const words = make("ol", { class: "words" });
  words.append(...SETUP.passphrase.split(" ").map((word) => make("li", { text: word })));
  const next = make("button", { type: "button", text: say("written_down"), click: () => setupStep("again") });
  return [paragraph(say("words_once")), words, next];
}

function setupAgain() {
  const input = secretInput("again");
  const button = make("button", { type: "submit", text: say("check_words") });
  const { box, label: see } = tickBox(say("see_words"), "see-again");
  box.classList.add("see");
  see.classList.add("plain");
  const form = make("form", { class: "field" }, make("label", { for: "again", text: say("words_again") }), input, see, button);
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const typed = normalisedPassphrase(input.value);
    input.value = "";
    attempt(() => checkAgain(typed));
  });
  return [form];
}

async function checkAgain(typed) {
  const started = clearings;
  if (typed !== SETUP.passphrase) throw fault("words_differ");
  const { file, publicKey } = await newKeyFile(typed, SETUP.kin, PINS.programme, SETUP.file.caseworker);
  const fingerprint = await fingerprintGroups(publicKey);
  if (clearings !== started) return;
  SETUP.passphrase = "";
  SETUP.result = JSON.stringify(file) + "\n";
  SETUP.fingerprint = fingerprint;
  setupStep("done");
}

function setupDone() {
  const name = `key-${SETUP.file.caseworker}.json`;
  return [
    paragraph(say("key_made")),
    make("p", {}, fileLink(name, SETUP.result, say("save_file", { name }))),
    copyField("key-text", say("or_copy"), SETUP.result, 3),
    make("h3", { text: say("fingerprint_heading") }),
    paragraph(say("fingerprint_why")),
    make("p", { class: "fingerprint", id: "fingerprint", text: SETUP.fingerprint }),
    make("button", { type: "button", text: say("close"), click: () => clearPage(null) }),
  ];
}

/** A field for the seven words: hidden as typed, and no browser offers to keep it, as it would for a password. */
function secretInput(id) {
  const quiet = { autocomplete: "off", autocapitalize: "off", autocorrect: "off", spellcheck: "false" };
  return make("input", { type: "text", id, class: "secret", required: true, ...quiet });
}
