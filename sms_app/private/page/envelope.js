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
const isDay = (value) => isText(value) && /^\d{4}-\d\d-\d\d$/.test(value);
const isBand = (value) => isText(value) && /^([01]\d|2[0-3]):[0-5]\d-([01]\d|2[0-4]):[0-5]\d$/.test(value);

/** The request inside a content. Throws when it is none. */
function readContent(content) {
  const request = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(content));
  const { kind, at, from, number, answers, band, until, sectors, role } = request;
  let sound = KINDS.includes(kind) && Number.isInteger(at) && isText(from) && isText(role);
  sound &&= Array.isArray(sectors) && sectors.every(isText);
  if (kind === "call") {
    sound &&= isText(number) && number !== "" && from !== "";
    sound &&= WHO_ANSWERS.includes(answers) && isBand(band) && isDay(until);
  }
  if (kind === "do_not_call") sound &&= from !== "";
  if (!sound) throw new Error("no request");
  return { kind, at, from, number, answers, band, until, sectors, role };
}
