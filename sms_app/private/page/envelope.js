// Envelopes: what sealing.py makes, opened and sealed again.

const VERSION = 1;
const CONTENT_BYTES = 320;
const ROW_BYTES = 16;
const SLOT_BYTES = POINT_BYTES + CONTENT_BYTES + 16;
const RECOVERY_SLOT = 5;
const SLOTS = RECOVERY_SLOT + 1;
const ENVELOPE_BYTES = 1 + SLOTS * SLOT_BYTES;
const KINDS = ["call", "do_not_call", "nothing"];
const WHO_ANSWERS = ["alone", "others", "other_phone"];
const DAY_SECONDS = 24 * 60 * 60;
/** From 2020 to 2099. */
const FIRST_SECOND = Date.UTC(2020, 0) / 1000;
const LAST_SECOND = Date.UTC(2100, 0) / 1000;
/** A call is promised within five working days at most: these are some more, for weekends and days off. */
const LONGEST_WAIT_DAYS = 21;

async function boundTo(programme, row, publicKey) {
  return concat(utf8(`sms-app support request ${VERSION}\0${programme}\0`), row, await sha256(publicKey));
}

/** The content (320 bytes) of the slot that is sealed to this key, and the slot's number. `first` is tried first. Throws. */
async function openEnvelope(envelope, row, programme, holder, first = 0) {
  if (envelope.length !== ENVELOPE_BYTES || envelope[0] !== VERSION) throw new Error("no envelope");
  const info = await boundTo(programme, row, holder.publicKey);
  const order = [first, ...Array.from({ length: SLOTS }, (_, slot) => slot).filter((slot) => slot !== first)];
  for (const slot of order) {
    const start = 1 + slot * SLOT_BYTES;
    try {
      const content = await hpkeOpen(envelope.slice(start, start + SLOT_BYTES), holder.privateKey, holder.publicKey, info);
      return { content, slot };
    } catch {
      // this slot is another's
    }
  }
  throw new Error("sealed to other keys, or altered");
}

/** Seals the same content again, for recipients by their slot. A slot without one gets a key that nobody keeps. */
async function sealEnvelope(content, row, programme, recipients) {
  const parts = [Uint8Array.of(VERSION)];
  for (let slot = 0; slot < SLOTS; slot++) {
    const recipient = recipients.get(slot) ?? (await discardedKey());
    parts.push(await hpkeSeal(content, recipient, await boundTo(programme, row, recipient)));
  }
  return concat(...parts);
}

async function discardedKey() {
  const pair = await crypto.subtle.generateKey(CURVE, false, ["deriveBits"]);
  return new Uint8Array(await crypto.subtle.exportKey("raw", pair.publicKey));
}

const isText = (value) => typeof value === "string";
const isNumber = (value) => isText(value) && /^\+\d{7,15}$/.test(value);
const BAND_FORM = /^(([01]\d|2[0-3]):[0-5]\d)-(([01]\d|2[0-3]):[0-5]\d)$/;

/** Whether a value is a day of the calendar, such as 2027-03-11. */
function isDay(value) {
  if (!isText(value) || !/^\d{4}-\d\d-\d\d$/.test(value)) return false;
  const day = new Date(`${value}T00:00:00Z`);
  return !Number.isNaN(day.getTime()) && day.toISOString().slice(0, 10) === value;
}

/** Whether a value is a band such as 08:00-11:00, with its end after its start. */
function isBand(value) {
  const match = isText(value) && value.match(BAND_FORM);
  return Boolean(match) && match[1] < match[3];
}

/** Whether a request may have been made at the second `at`: in this century, and not more than a day after the download
 * was `made`, since clocks differ. */
const isSecond = (at, made) => Number.isInteger(at) && at >= FIRST_SECOND && at < LAST_SECOND && at <= made + DAY_SECONDS;

/** The request inside a content. `made` and `time_zone` are those of the download. Throws when it is none, or one that no
 * dialogue makes: then its time, date or number is out of bounds. */
function readContent(content, { made, time_zone: zone }) {
  const request = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(content));
  const { kind, at, from, number, answers, band, until, sectors, role } = request;
  let sound = KINDS.includes(kind) && isSecond(at, made) && isText(from) && isText(role);
  sound &&= Array.isArray(sectors) && sectors.every(isText);
  if (kind === "call") {
    sound &&= isNumber(number) && from !== "" && WHO_ANSWERS.includes(answers);
    sound &&= isBand(band) && isDay(until);
    sound &&= until <= dayAfter(localTime(at, zone).day, LONGEST_WAIT_DAYS);
  }
  if (kind === "do_not_call") sound &&= from !== "";
  if (!sound) throw new Error("no request");
  return { kind, at, from, number, answers, band, until, sectors, role };
}
