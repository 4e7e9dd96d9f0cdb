// The files that a caseworker chooses: the download with requests, and the file for setting up a key.

const MOST_SECONDS = 300;

/** An error that the page can say: `key` names the sentence. */
function fault(key) {
  return Object.assign(new Error(key), { fault: key });
}

function parsedFile(text, otherwise) {
  try {
    const file = JSON.parse(text);
    if (file !== null && typeof file === "object" && file.format === 1) return file;
  } catch {
    // said below
  }
  throw fault(otherwise);
}

/** The download of a file's text. `now` is in seconds. Throws a fault. */
function readDownload(text, pins, now) {
  const file = parsedFile(text, "no_download");
  if (file.setup) throw fault("is_setup");
  const lists = [file.requests, file.sectors, file.withdrawn];
  let sound = Number.isInteger(file.made) && lists.every(Array.isArray) && isText(file.caseworker);
  sound &&= isList(file.bands, isBand) && file.sectors.every(isText);
  sound &&= Array.isArray(file.days_off) && file.days_off.every(isDay);
  if (!sound || !isText(file.time_zone) || !isKnownZone(file.time_zone)) throw fault("no_download");
  if (file.programme !== pins.programme) throw fault("other_programme");
  // a server that shifted the zone would shift the hours of calls
  if (file.time_zone !== pins.time_zone) throw fault("other_zone");
  checkAge(file.made, now);
  if (!file.wrapped_key || !isText(file.public_key)) throw fault("no_key");
  return file;
}

/** Whether a value is a list that has something in it, each of which `isSound`. */
const isList = (value, isSound) => Array.isArray(value) && value.length > 0 && value.every(isSound);

/** Throws a fault when a download of the second `made` is too old, or is from the future. */
function checkAge(made, now) {
  if (now - made > MOST_SECONDS) throw fault("old");
  if (made - now > MOST_SECONDS) throw fault("future");
}

function isKnownZone(zone) {
  try {
    new Intl.DateTimeFormat("en", { timeZone: zone });
    return true;
  } catch {
    return false;
  }
}

function readSetup(text, pins) {
  const file = parsedFile(text, "no_setup");
  if (!file.setup || !isText(file.caseworker)) throw fault("no_setup");
  if (file.programme !== pins.programme) throw fault("other_programme");
  if (!isList(file.sectors, (sector) => isText(sector) && sector.trim() !== "")) throw fault("setup_sectors");
  return file;
}

/** The bytes of an id in hexadecimal, or null when it has none, also when it is not in its one spelling. */
function idBytes(id) {
  try {
    return toHex(fromText(id));
  } catch {
    return null;
  }
}

/** The ids, in bytes, that stand in the download once. With two rows of one id, a forged one could be shown for a
 * withheld one. */
function singleIds(requests) {
  const counts = new Map();
  for (const request of requests) {
    const id = idBytes(request?.id);
    counts.set(id, (counts.get(id) ?? 0) + 1);
  }
  return new Set([...counts].filter(([, count]) => count === 1).map(([id]) => id));
}

function rowId(id, single) {
  const row = fromText(id);
  if (row.length !== ROW_BYTES || !single.has(toHex(row))) throw new Error("no row id");
  return row;
}

/** The download's rows, opened: `opened` has id, row, content, request and outcomes; `failed` counts the others. */
async function openRows(download, holder) {
  const opened = [];
  const single = singleIds(download.requests);
  let failed = 0;
  let slot = 0;
  for (const request of download.requests) {
    try {
      const { id, envelope, outcomes } = request;
      const row = rowId(id, single);
      const result = await openEnvelope(fromText(envelope), row, download.programme, holder, slot);
      slot = result.slot;
      opened.push({ id, row, content: result.content, request: readContent(result.content, download), outcomes: Array.isArray(outcomes) ? outcomes : [] });
    } catch {
      failed += 1;
    }
  }
  return { opened, failed };
}
