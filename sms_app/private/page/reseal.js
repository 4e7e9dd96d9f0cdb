// Sealing all requests again for the recipients of a new roster: for a new caseworker.

function resealBlock() {
  if (!opening.download.roster) return [];
  const place = make("div", { id: "reseal" });
  const button = make("button", { type: "button", text: say("reseal_look") });
  button.addEventListener("click", () => attempt(() => showRoster(place)));
  return [make("details", {}, make("summary", { text: say("reseal_heading") }), paragraph(say("reseal_why")), button, place)];
}

async function showRoster(place) {
  const { download } = opening;
  const today = localTime(nowSeconds(), download.time_zone).day;
  const roster = await acceptedRoster(download.roster, PINS, today);
  const recipients = await rosterRecipients(roster, download.withdrawn);
  const list = make("ul");
  for (const [slot, entry] of roster.keys.entries()) {
    const key = fromText(entry.key);
    const name = say(recipients.has(slot) ? "reseal_recipient" : "reseal_withdrawn", { caseworker: entry.caseworker });
    list.append(make("li", {}, `${name} `, make("span", { class: "fingerprint", text: await fingerprintGroups(key) })));
  }
  const start = make("button", { type: "button", text: say("reseal_start"), disabled: true });
  start.addEventListener("click", () => attempt(() => reseal(recipients, place)));
  const { label } = tickBox(say("reseal_compared"), "compared", (ticked) => (start.disabled = !ticked));
  const version = { version: roster.version, expires: shownDay(roster.expires) };
  place.replaceChildren(paragraph(say("reseal_version", version)), list, label, start);
}

async function reseal(recipients, place) {
  const { download, holder } = opening;
  const requests = await resealedRows(download, holder, recipients);
  if (!place.isConnected) return;
  const today = localTime(nowSeconds(), download.time_zone).day;
  const name = `resealed-${today}.json`;
  const file = JSON.stringify({ format: 1, programme: download.programme, requests }) + "\n";
  place.replaceChildren(paragraph(say("resealed", { count: requests.length })), fileLink(name, file, say("save_file", { name })));
}

/** Each row that opens, sealed again under its own id with exactly its content. */
async function resealedRows(download, holder, recipients) {
  const { opened } = await openRows(download, holder);
  const requests = [];
  for (const { id, row, content } of opened) {
    requests.push({ id, envelope: toText(await sealEnvelope(content, row, download.programme, recipients)) });
  }
  return requests;
}
