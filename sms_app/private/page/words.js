// The words of a passphrase, by the rule of words.json, which wrapping.py reads too.

const syllables = (part) => [...part.consonants].flatMap((consonant) => [...part.vowels].map((vowel) => consonant + vowel));

function everyWord(rule) {
  const seconds = syllables(rule.second);
  return syllables(rule.first).flatMap((first) => seconds.map((second) => first + second));
}

/** Seven random words. There are 2048, a power of two, so the remainder of a random number favours none. */
function newPassphrase(rule) {
  const words = everyWord(rule);
  const numbers = crypto.getRandomValues(new Uint16Array(rule.words));
  return Array.from(numbers, (number) => words[number % words.length]).join(" ");
}

/** A passphrase as it counts: NFKC, lower case, single spaces. */
function normalisedPassphrase(typed) {
  return typed.normalize("NFKC").toLowerCase().trim().split(/\s+/).join(" ");
}
