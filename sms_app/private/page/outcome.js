// The codes that a caseworker types into the console: outcome_code.py says how they are made.

const OUTCOMES = "TRAEFMHDX";
const ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
const CHECKS = 31;
const MANY_CHECKS = 1048573;
const MANY_CHECK_CHARACTERS = 4;

/** The five characters of a row id: its first 25 bits. */
function rowPrefix(row) {
  const bits = ((row[0] << 24) | (row[1] << 16) | (row[2] << 8) | row[3]) >>> 7;
  return [20, 15, 10, 5, 0].map((shift) => ALPHABET[(bits >>> shift) & 31]).join("");
}

function outcomeCode(row, letter) {
  const prefix = rowPrefix(row);
  const weighted = [...prefix].reduce((sum, character, place) => sum + (place + 1) * ALPHABET.indexOf(character), 0);
  return `${prefix}-${letter}${ALPHABET[(weighted + 6 * OUTCOMES.indexOf(letter)) % CHECKS]}`;
}

/** One code that closes many rows: the first characters of each, in order, `-X`, and four check characters. */
function closingCode(rows) {
  const prefixes = rows.map(rowPrefix).sort().join("");
  let check = 0;
  for (const character of prefixes) check = (check * 32 + ALPHABET.indexOf(character) + 1) % MANY_CHECKS;
  const places = Array.from({ length: MANY_CHECK_CHARACTERS }, (_, place) => 5 * (MANY_CHECK_CHARACTERS - 1 - place));
  return `${prefixes}-X${places.map((shift) => ALPHABET[(check >>> shift) & 31]).join("")}`;
}
