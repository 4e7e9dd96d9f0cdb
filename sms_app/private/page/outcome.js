// The codes that a caseworker types into the console: outcome_code.py says how they are made.

const OUTCOMES = "TRAEFMHDX";
const ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
const CHECKS = 31;

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
