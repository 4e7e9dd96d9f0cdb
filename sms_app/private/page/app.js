// Starts the page, and clears it: after 60 seconds without input, when it is left or hidden, and on request.

const QUIET_SECONDS = 60;
const CLOCK_STEP_SECONDS = 5;
let lastInput = Date.now();
let isClear = true;
let working = false;

/** Runs `work`, and says what went wrong. Anything but a fault is said in general terms. */
async function attempt(work) {
  if (working) return;
  working = true;
  document.body.setAttribute("aria-busy", "true");
  byId("working").textContent = say("working");
  complain(null);
  try {
    await work();
  } catch (error) {
    complain(error.fault ?? "unexpected");
  } finally {
    working = false;
    lastInput = Date.now();
    document.body.removeAttribute("aria-busy");
    byId("working").textContent = "";
    heardInput();
  }
}

function clearPage(why) {
  clearings += 1;
  forgetOpening();
  forgetSetup();
  forgetFiles();
  for (const form of document.querySelectorAll("form")) form.reset();
  complain(why);
  showView("start");
  isClear = true;
}

/** Clears the page when it was quiet for too long, and hides a number whose time is over. It compares the clock: while a
 * computer sleeps, no timer runs. A clock that was set back counts as quiet. */
function checkTime() {
  const quiet = Date.now() - lastInput;
  if (!isClear && !working && (quiet >= QUIET_SECONDS * 1000 || quiet < -CLOCK_STEP_SECONDS * 1000)) clearPage("cleared");
  hideStaleNumber();
}

function heardInput() {
  checkTime();
  lastInput = Date.now();
  isClear = false;
}

function chooseLanguage(chosen) {
  language = chosen;
  writeTexts();
  if (complaint) complain(complaint);
  if (opening) renderRequests();
  if (SETUP.step) renderSetup();
}

function chosenFile(input) {
  if (!input.files.length) throw fault("no_file");
  return input.files[0];
}

function listen() {
  for (const name of ["keydown", "pointerdown", "pointermove", "wheel", "input"]) {
    document.addEventListener(name, heardInput, { capture: true, passive: true });
  }
  addEventListener("pagehide", () => clearPage(null));
  document.addEventListener("visibilitychange", () => (document.hidden ? clearPage("cleared_hidden") : checkTime()));
  for (const name of ["focus", "pageshow", "resize"]) addEventListener(name, checkTime);
  document.addEventListener("resume", checkTime);
  setInterval(checkTime, 1000);
  for (const button of document.querySelectorAll("[data-language]")) {
    button.addEventListener("click", () => chooseLanguage(button.dataset.language));
  }
  byId("open-form").addEventListener("submit", (event) => {
    event.preventDefault();
    const passphrase = byId("passphrase").value;
    byId("passphrase").value = "";
    attempt(() => openDownload(chosenFile(byId("download")), passphrase));
  });
  byId("setup-form").addEventListener("submit", (event) => {
    event.preventDefault();
    attempt(() => startSetup(chosenFile(byId("setup-file"))));
  });
}

function start() {
  if (navigator.language?.startsWith("rw")) language = "rw";
  writeTexts();
  clearPage(null);
  if (!globalThis.crypto?.subtle) {
    complain("no_webcrypto");
    for (const form of document.querySelectorAll("form")) form.hidden = true;
  }
  listen();
  heardInput();
}

start();
