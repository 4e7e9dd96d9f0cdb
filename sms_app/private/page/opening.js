// Opening a download, and the requests in it. The requests' numbers are in no variable: to show one, its envelope is
// opened again.

const MOST_CLOSED = 2000;
let opening = null;

const nowSeconds = () => Math.floor(Date.now() / 1000);

async function openDownload(file, passphrase) {
  const started = clearings;
  const download = readDownload(await file.text(), PINS, nowSeconds());
  const publicKey = publicKeyOf(download);
  const { privateKey, kin } = await unwrapped(download, publicKey, passphrase);
  const holder = { privateKey, publicKey };
  const { opened, failed } = await openRows(download, holder);
  if (clearings !== started) return;
  const context = contextOf(download, kin, failed);
  const { shown, closable, forged } = decide(opened, context);
  // of a server whose clock is ahead, the download counts as made now
  const made = Math.min(download.made, nowSeconds());
  const state = { chosen: null, confirmed: new Set(), read: new Set(), numberShown: null };
  opening = { download, made, holder, shown, closable, failed: failed + forged, ...state };
  renderRequests();
}

function publicKeyOf(download) {
  try {
    return fromText(download.public_key);
  } catch {
    throw fault("no_download");
  }
}

async function unwrapped(download, publicKey, passphrase) {
  try {
    return await unwrapKey(download.wrapped_key, publicKey, passphrase, PINS.programme, download.caseworker);
  } catch {
    throw fault("wrong_words");
  }
}

function contextOf(download, kin, failed) {
  const { time_zone: zone, caseworker, sectors } = download;
  return { now: nowSeconds(), zone, caseworker, kin, sectors, failed };
}

function forgetOpening() {
  opening = null;
  byId("requests").replaceChildren();
}

function renderRequests() {
  const columns = make("div", { class: "columns" }, requestList(), make("article", { id: "detail" }));
  const heading = say("requests_heading", { count: opening.shown.length });
  byId("requests").replaceChildren(
    make("h2", { text: heading, tabindex: "-1", id: "requests-heading" }),
    ...notices(),
    columns,
    ...closingBlock(),
    ...resealBlock(),
    make("button", { type: "button", text: say("close"), click: () => clearPage(null) }),
  );
  showView("requests");
  if (opening.chosen) renderDetail();
  else byId("requests-heading").focus();
}

function notices() {
  return opening.failed ? [paragraph(say("failed_rows", { count: opening.failed }), "warning")] : [];
}

function requestList() {
  const list = make("ul", { class: "list", "aria-label": say("list_label") });
  for (const shown of opening.shown) {
    const button = make("button", { type: "button", "data-id": shown.id, click: () => choose(shown) });
    button.append(make("strong", { text: rowPrefix(fromText(shown.id)) }), make("span", { text: stateLine(shown) }));
    button.setAttribute("aria-pressed", String(opening.chosen === shown));
    list.append(make("li", { class: `state-${shown.state}` }, button));
  }
  return list;
}

/** The state of a request in a few words. A call that may not be made at this minute says so. */
function stateLine(shown) {
  const later = shown.state === "call" && !callTime(shown, nowSeconds(), opening.download).now;
  return say(later ? "state_call_later" : `state_${shown.state}`);
}

function choose(shown) {
  opening.chosen = shown;
  complain(null);
  for (const button of document.querySelectorAll("[data-id]")) {
    button.setAttribute("aria-pressed", String(button.dataset.id === shown.id));
  }
  renderDetail();
  byId("detail-heading").focus();
}

function renderDetail() {
  const shown = opening.chosen;
  const heading = `${rowPrefix(fromText(shown.id))}: ${stateLine(shown)}`;
  byId("detail").replaceChildren(
    make("h3", { text: heading, tabindex: "-1", id: "detail-heading" }),
    paragraph(say("asked_on", { day: shownDay(shown.asked) })),
    paragraph(say(`explain_${shown.state}`)),
    ...(shown.sectors ? sectorLines(shown) : []),
    ...(shown.state === "call" ? callSteps(shown) : []),
    ...codeTable(shown),
  );
}

function sectorLines(shown) {
  const key = shown.unknownSector ? "sector_unknown" : shown.sectors.length > 1 ? "sector_several" : "sector_is";
  return [paragraph(say(key, { sectors: shown.sectors.join(", ") }))];
}

/** The steps to a number: a colleague, who asks, what to say, and then the number. Each shows when the last is done. */
function callSteps(shown) {
  const steps = [...colleagueStep(shown)];
  if (shown.confirm.length && !opening.confirmed.has(shown.id)) return steps;
  steps.push(...ruleLines(shown), ...scriptStep(shown));
  if (opening.read.has(shown.id)) steps.push(...numberStep(shown));
  return steps;
}

function colleagueStep(shown) {
  if (!shown.confirm.length) return [];
  const reasons = shown.confirm.map((reason) => paragraph(say(`colleague_${reason}`), "warning"));
  const { box, label } = tickBox(say("colleague_confirms"), "colleague", (ticked) => {
    opening.confirmed[ticked ? "add" : "delete"](shown.id);
    renderDetail();
    byId("colleague").focus();
  });
  box.checked = opening.confirmed.has(shown.id);
  return [...reasons, label];
}

/** What the programme decided beforehand: who is under 18, and a man who asks. */
function ruleLines(shown) {
  const rules = opening.download.rules ?? {};
  const lines = [paragraph(say("under_18", { rule: rules.under_18 ?? "" }), "rule")];
  if (shown.role === "man") lines.push(paragraph(say("man", { rule: rules.men ?? "" }), "rule"));
  return lines;
}

function scriptStep(shown) {
  const line = opening.download.programme_line ?? "";
  const items = ["script_line", "script_same_words", "script_stranger", "script_else", "script_never", "script_once"];
  const list = make("ul", { class: "script" });
  list.append(...items.map((item) => make("li", { text: say(item, { line }) })));
  const title = make("h4", { text: say(`script_${shown.answers}`) });
  const { box, label } = tickBox(say("script_read"), "script-read", (ticked) => {
    opening.read[ticked ? "add" : "delete"](shown.id);
    renderDetail();
    byId("script-read").focus();
  });
  box.checked = opening.read.has(shown.id);
  return [title, list, label];
}

function numberStep(shown) {
  const when = callTime(shown, nowSeconds(), opening.download);
  const agreed = { band: shown.band, until: shownDay(shown.until) };
  const agreement = paragraph(say("agreed", agreed));
  if (!when.now) return [agreement, paragraph(laterSentence(when, agreed), "warning")];
  const place = make("p", { class: "number", id: "number", "aria-live": "polite" });
  const button = make("button", { type: "button", id: "show-number", text: say("show_number") });
  button.addEventListener("click", () => attempt(() => showNumber(shown, place, button)));
  return [agreement, button, place];
}

function laterSentence(when, agreed) {
  return when.day ? say("call_later", { ...agreed, day: shownDay(when.day) }) : say("call_never", agreed);
}

/** Opens the request's envelope once more, and writes its number into the page if it may be called at this minute. */
async function showNumber(shown, place, button) {
  const { download, holder, made } = opening;
  checkAge(made, nowSeconds());
  if (!callTime(shown, nowSeconds(), download).now) return renderDetail();
  const { envelope } = download.requests.find((request) => request?.id === shown.id);
  const { content } = await openEnvelope(fromText(envelope), fromText(shown.id), download.programme, holder);
  if (!place.isConnected) return;
  button.remove();
  place.textContent = groupedNumber(readContent(content, download).number);
  place.scrollIntoView({ block: "center" });
  opening.numberShown = { shown, place };
  hideStaleNumber();
}

/** Hides the number that is shown when its band is over, or its download has grown old. */
function hideStaleNumber() {
  if (!opening?.numberShown) return;
  const { shown, place } = opening.numberShown;
  const reason = staleReason(shown);
  if (place.isConnected && reason === null) return;
  opening.numberShown = null;
  place.textContent = "";
  if (opening.chosen !== shown) return;
  renderDetail();
  if (reason !== "band") complain(reason);
}

/** Why a number may not be shown any more: `band`, or the fault of a download's age; null while it may. */
function staleReason(shown) {
  const now = nowSeconds();
  if (!callTime(shown, now, opening.download).now) return "band";
  try {
    checkAge(opening.made, now);
    return null;
  } catch (error) {
    return error.fault;
  }
}

function codeTable(shown) {
  if (!shown.codes.length) return [];
  const row = fromText(shown.id);
  const body = make("tbody");
  for (const letter of shown.codes) {
    const code = make("td", { class: "code", text: outcomeCode(row, letter) });
    const key = letter === "D" && shown.state !== "do_not_call" ? "outcome_D_call" : `outcome_${letter}`;
    body.append(make("tr", {}, code, make("td", { text: say(key) })));
  }
  return [make("table", {}, make("caption", { text: say("codes_caption") }), body)];
}

/** One code for all that may be closed together. What does not fit into it is in that of the next download. */
function closingBlock() {
  const rows = opening.closable.slice(0, MOST_CLOSED).map(fromText);
  return rows.length ? [copyField("closing", say("closing", { count: rows.length }), closingCode(rows), 2)] : [];
}
