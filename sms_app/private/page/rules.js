// What is shown of each request: pure functions, without DOM, clock or keys. What they give has no number in it.

/** The states in the order in which the page lists them. */
const STATES = [
  "do_not_call",
  "withdrawn",
  "call",
  "called_today",
  "reached",
  "kin",
  "meet",
  "two_calls",
  "over",
  "taken",
  "handed",
];
/** The outcomes that may be typed for a request in each state. */
const CODES = {
  do_not_call: "D",
  withdrawn: "X",
  call: "TRAEFMHX",
  called_today: "RFEMHX",
  reached: "FMHX",
  kin: "H",
  meet: "MHX",
  two_calls: "RFMHX",
  over: "MX",
  taken: "",
  handed: "",
};
const CALLS = "RAE";
const MOST_CALLS = 2;
const CLOSABLE_AFTER_DAYS = 30;
const CALLS_AFTER_A_NEW_YES = 1;

const sameNumber = (one, other) => one.replace(/\D/g, "") === other.replace(/\D/g, "");
const sameSector = (one, other) => one.trim().toLowerCase() === other.trim().toLowerCase();

/** Whether a call has been closed by a do-not-call: one from a number that the call names, with no later call that was
 * dialled from that number, up to this one. A tie in the second is a do-not-call. */
function isWithdrawn(request, requests) {
  const calls = requests.filter((other) => other.kind === "call");
  return requests.some((refusal) => {
    if (refusal.kind !== "do_not_call") return false;
    const names = [request.number, request.from].some((number) => sameNumber(number, refusal.from));
    if (!names) return false;
    return !calls.some((call) => sameNumber(call.from, refusal.from) && call.at > refusal.at && call.at <= request.at);
  });
}

/** The day (YYYY-MM-DD) and the time (HH:MM) of a second in a time zone. */
function localTime(seconds, zone) {
  const how = { timeZone: zone, hourCycle: "h23", year: "numeric", month: "2-digit", day: "2-digit" };
  const format = new Intl.DateTimeFormat("en", { ...how, hour: "2-digit", minute: "2-digit" });
  const part = Object.fromEntries(format.formatToParts(new Date(seconds * 1000)).map(({ type, value }) => [type, value]));
  return { day: `${part.year}-${part.month}-${part.day}`, time: `${part.hour}:${part.minute}` };
}

/** Whether a number may be called `now`, and the `day` of the next band in which it may, or null. The last minute of a
 * band is the one before its end. */
function callTime({ band, until }, now, zone) {
  const { day, time } = localTime(now, zone);
  const [start, end] = band.split("-");
  if (day > until) return { now: false, day: null };
  if (time < start) return { now: false, day };
  if (time < end) return { now: true, day };
  return { now: false, day: day < until ? dayAfter(day, 1) : null };
}

function soundOutcomes(outcomes) {
  return outcomes.filter((outcome) => [...OUTCOMES].includes(outcome?.code) && isDay(outcome.on));
}

const hasCode = (outcomes, codes) => outcomes.some(({ code }) => codes.includes(code));

/** Whether a colleague took the request, and has not handed it over since. The outcomes stand in their order. */
function isTaken(outcomes, caseworker) {
  let holder = caseworker;
  for (const { code, by } of outcomes) {
    if (code === "T") holder = by;
    if (code === "H" && by === holder) holder = caseworker;
  }
  return holder !== caseworker;
}

const lastNewYes = (outcomes) => outcomes.filter(({ code }) => code === "F").reduce((last, { on }) => (on > last ? on : last), "");

/** She was reached, and has not said yes to another contact since. */
function isReached(outcomes) {
  const yes = lastNewYes(outcomes);
  return outcomes.some(({ code, on }) => code === "R" && on > yes);
}

/** Two calls in all; after a new yes one more. */
function hasNoCallLeft(outcomes) {
  const yes = lastNewYes(outcomes);
  const calls = outcomes.filter(({ code }) => CALLS.includes(code));
  if (yes === "") return calls.length >= MOST_CALLS;
  return calls.filter(({ on }) => on > yes).length >= CALLS_AFTER_A_NEW_YES;
}

/** The state of a call that is neither withdrawn nor closed. `same` has the calls to the same number. */
function callState({ request, outcomes }, same, context) {
  const { day } = localTime(context.now, context.zone);
  const calledToday = (other) =>
    other.request.band === request.band && other.outcomes.some(({ code, on }) => CALLS.includes(code) && on === day);
  if (outcomes.some(({ code, by }) => code === "H" && by === context.caseworker)) return "handed";
  if (request.sectors.some((sector) => context.kin.some((kin) => sameSector(kin, sector)))) return "kin";
  if (isTaken(outcomes, context.caseworker)) return "taken";
  if (hasCode(outcomes, "M") || same.some((other) => hasCode(other.outcomes, "E"))) return "meet";
  if (day > request.until) return "over";
  if (isReached(outcomes)) return "reached";
  if (hasNoCallLeft(outcomes)) return "two_calls";
  return same.some(calledToday) ? "called_today" : "call";
}

function stateOf(row, rows, context) {
  const { request, outcomes } = row;
  if (request.kind === "nothing") return hasCode(outcomes, "X") ? "closed" : "nothing";
  // with X alone the console would destroy a do-not-call after 90 days: D keeps it, also after X
  if (request.kind === "do_not_call") return hasCode(outcomes, "D") ? "closed" : "do_not_call";
  if (hasCode(outcomes, "DX")) return "closed";
  const requests = rows.map((other) => other.request);
  if (isWithdrawn(request, requests)) return "withdrawn";
  const calls = rows.filter((other) => other.request.kind === "call");
  return callState(row, calls.filter((other) => sameNumber(other.request.number, request.number)), context);
}

/** Whether the 90 days until a request is destroyed have begun, as the console's `record_outcome` has it. */
function isEnding(outcomes) {
  let calls = 0;
  let ending = false;
  for (const { code } of outcomes) {
    if (code === "A") calls += 1;
    if (code === "F") calls = CALLS_AFTER_A_NEW_YES;
    if ("REXD".includes(code) || (code === "A" && calls >= MOST_CALLS)) ending = true;
    if ("FMH".includes(code)) ending = false;
  }
  return ending;
}

/** Whether nothing more can come of a row, so that it may be closed with all others of which that is so: an empty entry,
 * or a call whose date has been past for 30 days and for which nobody meets her instead. */
function isClosable({ request, outcomes }, context) {
  if (hasCode(outcomes, "DXM") || isEnding(outcomes)) return false;
  if (request.kind === "nothing") return true;
  const { day } = localTime(context.now, context.zone);
  return request.kind === "call" && day > dayAfter(request.until, CLOSABLE_AFTER_DAYS);
}

/** Why a colleague has to confirm before the number is shown: `sector`, `failed`, both or neither. A sector that the
 * programme does not list was renamed since, and then names do not tell who has kin there. The sectors are those of the
 * phone that was dialled: of another phone nobody knows where it is. */
function confirmations(request, context) {
  const reasons = [];
  const isListed = (sector) => context.sectors.some((listed) => sameSector(listed, sector));
  const known = request.answers !== "other_phone" && request.sectors.length === 1;
  const certain = known && [...request.sectors, ...context.kin].every(isListed);
  if (!certain) reasons.push("sector");
  if (context.failed > 0) reasons.push("failed");
  return reasons;
}

/** What the page shows of a row. The number is not in it. */
function shownOf(row, state, context) {
  const { request } = row;
  const shown = { id: row.id, state, codes: [...CODES[state]], asked: localTime(request.at, context.zone).day };
  if (request.kind !== "call" || state === "withdrawn") return shown;
  const sectors = request.sectors.length ? request.sectors : context.sectors;
  const { answers, band, until, role } = request;
  const confirm = confirmations(request, context);
  return { ...shown, sectors, unknownSector: !request.sectors.length, confirm, answers, band, until, role };
}

/** All that is shown, in its order, and the ids of the rows that may be closed together. `rows` have id, request and outcomes; `context` has
 * `now` in seconds, `zone`, `caseworker`, `kin`, `sectors` and `failed`, the count of rows that did not open. A call that
 * says it was made after now is forged: it is counted in `forged` and has no effect. */
function decide(rows, context) {
  const isForged = ({ request }) => request.kind === "call" && request.at > context.now + MOST_SECONDS;
  const sound = rows
    .filter((row) => !isForged(row))
    .map((row) => ({ ...row, outcomes: soundOutcomes(row.outcomes) }));
  const forged = rows.length - sound.length;
  const states = sound.map((row) => stateOf(row, sound, context));
  const shown = sound
    .map((row, at) => ({ row, state: states[at] }))
    .filter(({ state }) => STATES.includes(state))
    .sort((one, other) => STATES.indexOf(one.state) - STATES.indexOf(other.state) || one.row.request.at - other.row.request.at)
    .map(({ row, state }) => shownOf(row, state, { ...context, failed: context.failed + forged }));
  const closable = sound.filter((row) => isClosable(row, context)).map((row) => row.id);
  return { shown, closable, forged };
}
