// The signed roster: roster.py says what it is. The page accepts one only for re-sealing.

const SIGNED_AS = "sms-app support roster 1\0";
const LONGEST_DAYS = 184;
const CASEWORKER_SLOTS = 5;
const ROSTER_SIGNATURE = { name: "ECDSA", hash: "SHA-256" };

/** The roster if the pinned key signed it and it holds on `today` (YYYY-MM-DD). Throws a fault with the reason. */
async function acceptedRoster(signed, pins, today) {
  const { document, signature } = signedParts(signed);
  if (!(await isSigned(document, signature, fromText(pins.roster_key)))) throw fault("roster_unsigned");
  const roster = JSON.parse(document);
  if (roster.programme !== pins.programme) throw fault("roster_programme");
  if (roster.recovery !== pins.recovery_key) throw fault("roster_recovery");
  if (!isDay(roster.expires) || roster.expires <= today) throw fault("roster_expired");
  if (roster.expires > dayAfter(today, LONGEST_DAYS)) throw fault("roster_too_long");
  await checkRosterKeys(roster);
  return roster;
}

function signedParts(signed) {
  try {
    const { roster, signature } = JSON.parse(signed);
    return { document: roster, signature: fromText(signature) };
  } catch {
    throw fault("roster_unsigned");
  }
}

async function isSigned(document, signature, rosterKey) {
  const curve = { name: "ECDSA", namedCurve: "P-256" };
  const key = await crypto.subtle.importKey("raw", rosterKey, curve, false, ["verify"]);
  return isText(document) && crypto.subtle.verify(ROSTER_SIGNATURE, key, signature, utf8(SIGNED_AS + document));
}

async function checkRosterKeys(roster) {
  const texts = [...roster.keys.map((entry) => entry.key), roster.recovery];
  const codes = new Set(roster.keys.map((entry) => entry.caseworker));
  let sound = roster.keys.length > 0 && roster.keys.length <= CASEWORKER_SLOTS;
  sound &&= new Set(texts).size === texts.length && codes.size === roster.keys.length;
  if (!sound) throw fault("roster_keys");
  try {
    for (const text of texts) await importPoint(fromText(text));
  } catch {
    throw fault("roster_keys");
  }
}

/** The public keys by their slot, without the withdrawn; the recovery key is the last. `withdrawn` has fingerprints. */
async function rosterRecipients(roster, withdrawn) {
  const recipients = new Map([[RECOVERY_SLOT, fromText(roster.recovery)]]);
  for (const [slot, entry] of roster.keys.entries()) {
    const key = fromText(entry.key);
    if (!withdrawn.includes(toText(await sha256(key)))) recipients.set(slot, key);
  }
  return recipients;
}

function dayAfter(day, days) {
  const date = new Date(`${day}T00:00:00Z`);
  date.setUTCDate(date.getUTCDate() + days);
  return date.toISOString().slice(0, 10);
}
