// A caseworker's key, wrapped under her passphrase: wrapping.py says how. Salt and rounds stand here, not in a file
// that a server gives out.

const ROUNDS = 600000;
const SALT_BEGINS = "sms-app caseworker key 1";
const IV_BYTES = 12;

async function wrappingKey(passphrase, programme, caseworker, use) {
  const typed = utf8(normalisedPassphrase(passphrase));
  const secret = await crypto.subtle.importKey("raw", typed, "PBKDF2", false, ["deriveKey"]);
  const salt = utf8([SALT_BEGINS, programme, caseworker].join("\0"));
  const how = { name: "PBKDF2", hash: "SHA-256", salt, iterations: ROUNDS };
  return crypto.subtle.deriveKey(how, secret, { name: "AES-GCM", length: 256 }, false, [use]);
}

async function wrapKey(pkcs8, publicKey, kin, passphrase, programme, caseworker) {
  const key = await wrappingKey(passphrase, programme, caseworker, "encrypt");
  const iv = randomBytes(IV_BYTES);
  const inside = utf8(JSON.stringify({ pkcs8: toText(pkcs8), kin }));
  const data = await crypto.subtle.encrypt({ name: "AES-GCM", iv, additionalData: publicKey }, key, inside);
  return { iv: toText(iv), data: toText(new Uint8Array(data)) };
}

/** The private key, which no script can read out again, and the sectors of kin. Throws for a wrong passphrase. */
async function unwrapKey(wrapped, publicKey, passphrase, programme, caseworker) {
  const key = await wrappingKey(passphrase, programme, caseworker, "decrypt");
  const how = { name: "AES-GCM", iv: fromText(wrapped.iv), additionalData: publicKey };
  const inside = new Uint8Array(await crypto.subtle.decrypt(how, key, fromText(wrapped.data)));
  const { pkcs8, kin } = JSON.parse(new TextDecoder().decode(inside));
  inside.fill(0);
  const privateKey = await crypto.subtle.importKey("pkcs8", fromText(pkcs8), CURVE, false, ["deriveBits"]);
  return { privateKey, kin };
}

/** A new key for a caseworker: the file that she gives to the console, and her public key. */
async function newKeyFile(passphrase, kin, programme, caseworker) {
  const pair = await crypto.subtle.generateKey(CURVE, true, ["deriveBits"]);
  const publicKey = new Uint8Array(await crypto.subtle.exportKey("raw", pair.publicKey));
  const pkcs8 = new Uint8Array(await crypto.subtle.exportKey("pkcs8", pair.privateKey));
  const wrapped = await wrapKey(pkcs8, publicKey, kin, passphrase, programme, caseworker);
  pkcs8.fill(0);
  const file = { format: 1, caseworker, public_key: toText(publicKey), wrapped_key: wrapped };
  return { file, publicKey };
}

/** A key's fingerprint in groups of four, to be read aloud. */
const fingerprintGroups = async (publicKey) => toHex(await sha256(publicKey)).match(/.{4}/g).join(" ");
