// HPKE in base mode (RFC 9180): DHKEM(P-256, HKDF-SHA256), HKDF-SHA256, and AES-GCM with a key of 16 or 32 bytes.
// One message for one context, so its nonce is the base nonce.

const CURVE = { name: "ECDH", namedCurve: "P-256" };
const POINT_BYTES = 65;
const SECRET_BYTES = 32;
const NONCE_BYTES = 12;
const KEM_SUITE = concat(utf8("KEM"), [0, 0x10]);
/** The AEADs of RFC 9180, by the length of their key: AES-128-GCM is 1, AES-256-GCM is 2. */
const AEAD_IDS = { 16: 1, 32: 2 };
const AES_256 = 32;
const NO_BYTES = new Uint8Array(0);

const hpkeSuite = (keyBytes) => concat(utf8("HPKE"), [0, 0x10, 0, 1, 0, AEAD_IDS[keyBytes]]);

/** HMAC-SHA256. WebCrypto refuses an empty key; 32 zero bytes are the same key. */
async function hmac(key, bytes) {
  const raw = key.length ? key : new Uint8Array(SECRET_BYTES);
  const imported = await crypto.subtle.importKey("raw", raw, { name: "HMAC", hash: "SHA-256" }, false, ["sign"]);
  return new Uint8Array(await crypto.subtle.sign("HMAC", imported, bytes));
}

function labeledExtract(suite, salt, label, input) {
  return hmac(salt, concat(utf8("HPKE-v1"), suite, utf8(label), input));
}

/** HKDF-Expand for at most 32 bytes, which is one block. */
async function labeledExpand(suite, secret, label, information, length) {
  const labeled = concat([0, length], utf8("HPKE-v1"), suite, utf8(label), information);
  return (await hmac(secret, concat(labeled, [1]))).slice(0, length);
}

const importPoint = (raw) => crypto.subtle.importKey("raw", raw, CURVE, true, []);

/** The shared secret of ExtractAndExpand in RFC 9180, 4.1. */
async function sharedSecret(privateKey, publicKey, enc, recipient) {
  const dh = new Uint8Array(await crypto.subtle.deriveBits({ name: "ECDH", public: publicKey }, privateKey, 256));
  const secret = await labeledExtract(KEM_SUITE, NO_BYTES, "eae_prk", dh);
  return labeledExpand(KEM_SUITE, secret, "shared_secret", concat(enc, recipient), SECRET_BYTES);
}

/** Key and nonce of RFC 9180, 5.1, in base mode. */
async function keySchedule(shared, info, keyBytes) {
  const suite = hpkeSuite(keyBytes);
  const idHash = await labeledExtract(suite, NO_BYTES, "psk_id_hash", NO_BYTES);
  const infoHash = await labeledExtract(suite, NO_BYTES, "info_hash", info);
  const context = concat([0], idHash, infoHash);
  const secret = await labeledExtract(suite, shared, "secret", NO_BYTES);
  const key = await labeledExpand(suite, secret, "key", context, keyBytes);
  const nonce = await labeledExpand(suite, secret, "base_nonce", context, NONCE_BYTES);
  return { key, nonce };
}

async function aesGcm(schedule, aad, use) {
  const key = await crypto.subtle.importKey("raw", schedule.key, "AES-GCM", false, [use]);
  return { key, parameters: { name: "AES-GCM", iv: schedule.nonce, additionalData: aad } };
}

/** Key and nonce for the holder of `privateKey`, whose public key is the 65 bytes `recipient`. */
async function receiverSchedule(enc, privateKey, recipient, info, keyBytes) {
  return keySchedule(await sharedSecret(privateKey, await importPoint(enc), enc, recipient), info, keyBytes);
}

/** Opens `sealed`, which is the sender's point and the ciphertext. Throws when it is not for this key or was altered. */
async function hpkeOpen(sealed, privateKey, recipient, info, aad = NO_BYTES, keyBytes = AES_256) {
  const enc = sealed.slice(0, POINT_BYTES);
  const schedule = await receiverSchedule(enc, privateKey, recipient, info, keyBytes);
  const { key, parameters } = await aesGcm(schedule, aad, "decrypt");
  return new Uint8Array(await crypto.subtle.decrypt(parameters, key, sealed.slice(POINT_BYTES)));
}

/** Seals `plain` to the 65 bytes `recipient`. `pair` is the sender's own; a test gives the RFC's. */
async function hpkeSeal(plain, recipient, info, aad = NO_BYTES, keyBytes = AES_256, pair = null) {
  const sender = pair ?? (await crypto.subtle.generateKey(CURVE, false, ["deriveBits"]));
  const enc = new Uint8Array(await crypto.subtle.exportKey("raw", sender.publicKey));
  const shared = await sharedSecret(sender.privateKey, await importPoint(recipient), enc, recipient);
  const { key, parameters } = await aesGcm(await keySchedule(shared, info, keyBytes), aad, "encrypt");
  return concat(enc, new Uint8Array(await crypto.subtle.encrypt(parameters, key, plain)));
}
