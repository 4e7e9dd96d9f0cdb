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
  call: "TRAEFMHDX",
  called_today: "RFEMHDX",
  reached: "FMHDX",
  kin: "H",
  meet: "MHDX",
  two_calls: "RFMHDX",
  over: "MDX",
  taken: "",
  handed: "",
};
/** Those for a request that the caseworker took after a colleague had taken another one for the same phone. */
const SECOND_TAKEN = "HX";
const [SUNDAY, SATURDAY] = [0, 6];
const CALLS = "RAE";
const MOST_CALLS = 2;
const CLOSABLE_AFTER_DAYS = 30;
const CALLS_AFTER_A_NEW_YES = 1;

const sameNumber = (one, other) => one.replace(/\D/g, "") === other.replace(/\D/g, "");
const sameSector = (one, other) => one.trim().toLowerCase() === other.trim().toLowerCase();

/** Whether a request names a number: to call it, or because it was dialled from it. */
const names = (request, number) => [request.number, request.from].some((named) => sameNumber(named, number));

/** Every do-not-call: the number that it closes, and which rows were made after it. One that was dialled has its second;
 * one that was said in a call (`D`) has the day of that call. A tie is a do-not-call. */
function refusalsOf(rows) {
  const dialled = rows
    .filter(({ request }) => request.kind === "do_not_call")
    .map(({ request }) => ({ number: request.from, isBefore: (row) => row.request.at > request.at }));
  const spoken = rows
    .filter(({ request, outcomes }) => request.kind === "call" && hasCode(outcomes, "D"))
    .map(({ request, outcomes }) => ({ number: request.number, isBefore: (row) => row.day > lastDayOf(outcomes, "D") }));
  return [...dialled, ...spoken];
}

/** Whether a call has been closed by a do-not-call: one of a number that the call names, with no later call that was
 * dialled from that number, up to this one. */
function isWithdrawn(row, calls, refusals) {
  return refusals.some(({ number, isBefore }) => {
    if (!names(row.request, number)) return false;
    return !calls.some((call) => sameNumber(call.request.from, number) && isBefore(call) && call.request.at <= row.request.at);
  });
}

/** The day (YYYY-MM-DD) and the time (HH:MM) of a second in a time zone. */
function localTime(seconds, zone) {
  const how = { timeZone: zone, hourCycle: "h23", year: "numeric", month: "2-digit", day: "2-digit" };
  const format = new Intl.DateTimeFormat("en", { ...how, hour: "2-digit", minute: "2-digit" });
  const part = Object.fromEntries(format.formatToParts(new Date(seconds * 1000)).map(({ type, value }) => [type, value]));
  return { day: `${part.year}-${part.month}-${part.day}`, time: `${part.hour}:${part.minute}` };
}

/** Whether caseworkers call on a day: Monday to Friday, without the programme's days off, which the download lists. */
function isWorkingDay(day, daysOff) {
  const weekday = new Date(`${day}T00:00:00Z`).getUTCDay();
  return weekday !== SUNDAY && weekday !== SATURDAY && !daysOff.includes(day);
}

/** The first working day from `day` to `until`, or null. */
function workingDayFrom(day, until, daysOff) {
  let next = day;
  while (next <= until && !isWorkingDay(next, daysOff)) next = dayAfter(next, 1);
  return next <= until ? next : null;
}

/** The start and the end of the part of a band that lies between the first and the last hour of the programme's bands; the
 * start is not before the end when there is none. The programme may have had other bands when she asked. */
function withinHours(band, bands) {
  const [starts, ends] = [0, 1].map((side) => bands.map((other) => other.split("-")[side]).sort());
  const [start, end] = band.split("-");
  return [start > starts[0] ? start : starts[0], end < ends.at(-1) ? end : ends.at(-1)];
}

/** Whether a number may be called `now`, and the `day` of the next band in which it may, or null. The last minute of a
 * band is the one before its end. */
function callTime({ band, until }, now, { time_zone: zone, days_off: daysOff, bands }) {
  const { day, time } = localTime(now, zone);
  const [start, end] = withinHours(band, bands);
  if (start >= end) return { now: false, day: null };
  const next = workingDayFrom(time < end ? day : dayAfter(day, 1), until, daysOff);
  return { now: next === day && time >= start, day: next };
}

function soundOutcomes(outcomes) {
  return outcomes.filter((outcome) => [...OUTCOMES].includes(outcome?.code) && isDay(outcome.on));
}

const hasCode = (outcomes, codes) => outcomes.some(({ code }) => codes.includes(code));

/** The last day on which one of `codes` was recorded, or an empty text. */
const lastDayOf = (outcomes, codes) =>
  outcomes.filter(({ code }) => codes.includes(code)).reduce((last, { on }) => (on > last ? on : last), "");

/** Who took a request and has not handed it over since, with the day, or null. The outcomes stand in their order. */
function takenBy(outcomes) {
  let taken = null;
  for (const { code, by, on } of outcomes) {
    if (code === "T" && by !== taken?.by) taken = { by, on };
    if (code === "H" && by === taken?.by) taken = null;
  }
  return taken;
}

/** Whether a colleague took the request, or another one that holds for it. When two caseworkers took requests for the
 * same phone, the one who took it on the earlier day has it, then the one whose request was dialled first. */
function isTaken(row, held, caseworker) {
  const own = takenBy(row.outcomes);
  if (own && own.by !== caseworker) return true;
  const order = ({ taken, request, id }) => [taken.on, String(request.at).padStart(12, "0"), id].join(" ");
  const [first] = held
    .filter(({ outcomes }) => !hasCode(outcomes, "DX"))
    .map((other) => ({ ...other, taken: takenBy(other.outcomes) }))
    .filter(({ taken }) => taken)
    .sort((one, other) => (order(one) < order(other) ? -1 : 1));
  return first !== undefined && first.taken.by !== caseworker;
}

/** The calls whose outcomes hold for a call: itself, and each call of a number that it names, with what was recorded on
 * the day on which this one was dialled, or later. So a request that is dialled on a later day opens a phone again. */
function heldFor(row, calls) {
  return calls
    .filter((other) => other === row || names(row.request, other.request.number))
    .map((other) => (other === row ? row : { ...other, outcomes: other.outcomes.filter(({ on }) => on >= row.day) }));
}

/** The sectors of every phone that a call names, as the calls that were dialled from these phones say. A call has only the
 * sectors of the phone that it was dialled from: where a typed phone is, only its own calls say. */
function sectorsOf({ request }, calls) {
  const near = calls.filter((other) => names(request, other.request.from)).flatMap((other) => other.request.sectors);
  return [...request.sectors, ...near].filter((sector, at, all) => all.findIndex((other) => sameSector(other, sector)) === at);
}

/** She was reached, and has not said yes to another contact since. */
function isReached(outcomes) {
  return hasCode(outcomes, "R") && lastDayOf(outcomes, "R") > lastDayOf(outcomes, "F");
}

/** Two calls in all; after a new yes one more. */
function hasNoCallLeft(outcomes) {
  const yes = lastDayOf(outcomes, "F");
  const calls = outcomes.filter(({ code }) => CALLS.includes(code));
  if (yes === "") return calls.length >= MOST_CALLS;
  return calls.filter(({ on }) => on > yes).length >= CALLS_AFTER_A_NEW_YES;
}

/** Whether two bands, such as `08:00-11:00`, have a minute in common. */
function overlap(one, other) {
  const [[start, end], [otherStart, otherEnd]] = [one.split("-"), other.split("-")];
  return start < otherEnd && otherStart < end;
}

/** Whether the phone was called today in this band, or the new yes is of today: the call after it is of the next day. */
function isCalledToday({ request }, held, day) {
  const called = ({ code, on }) => CALLS.includes(code) && on === day;
  const outcomes = held.flatMap((other) => other.outcomes);
  if (lastDayOf(outcomes, "F") === day) return true;
  return held.some((other) => overlap(other.request.band, request.band) && other.outcomes.some(called));
}

/** The state of a call that is neither withdrawn nor closed: by its own outcomes, and by those of every call of a phone
 * that it names. `E` closes a phone for good. */
function callState(row, calls, context) {
  const { request } = row;
  const { day } = localTime(context.now, context.zone);
  const held = heldFor(row, calls);
  const outcomes = held.flatMap((other) => other.outcomes);
  if (outcomes.some(({ code, by }) => code === "H" && by === context.caseworker)) return "handed";
  if (row.sectors.some((sector) => context.kin.some((kin) => sameSector(kin, sector)))) return "kin";
  if (isTaken(row, held, context.caseworker)) return "taken";
  if (hasCode(outcomes, "M")) return "meet";
  if (calls.some((other) => names(request, other.request.number) && hasCode(other.outcomes, "E"))) return "meet";
  if (day > request.until) return "over";
  if (isReached(outcomes)) return "reached";
  if (hasNoCallLeft(outcomes)) return "two_calls";
  return isCalledToday(row, held, day) ? "called_today" : "call";
}

/** The state of a row. `calls` are all rows with a call, `refusals` all do-not-calls. */
function stateOf(row, calls, refusals, context) {
  const { request, outcomes } = row;
  if (request.kind === "nothing") return hasCode(outcomes, "X") ? "closed" : "nothing";
  // with X alone the console would destroy a do-not-call after 90 days: D keeps it, also after X
  if (request.kind === "do_not_call") return hasCode(outcomes, "D") ? "closed" : "do_not_call";
  if (hasCode(outcomes, "DX")) return "closed";
  return isWithdrawn(row, calls, refusals) ? "withdrawn" : callState(row, calls, context);
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
 * programme does not list was renamed since, and then names do not tell who has kin there. A request has the sectors of the
 * phone that was dialled: of another phone nobody knows for sure where it is. */
function confirmations({ request, sectors }, context) {
  const reasons = [];
  const isListed = (sector) => context.sectors.some((listed) => sameSector(listed, sector));
  const known = request.answers !== "other_phone" && request.sectors.length === 1 && sectors.length === 1;
  const certain = known && [...sectors, ...context.kin].every(isListed);
  if (!certain) reasons.push("sector");
  if (context.failed > 0) reasons.push("failed");
  return reasons;
}

/** What the page shows of a row. The number is not in it. */
function shownOf(row, state, context) {
  const { request } = row;
  const tookSecond = state === "taken" && takenBy(row.outcomes)?.by === context.caseworker;
  const shown = { id: row.id, state, codes: [...(tookSecond ? SECOND_TAKEN : CODES[state])], asked: row.day };
  if (request.kind !== "call" || state === "withdrawn") return shown;
  const sectors = row.sectors.length ? row.sectors : context.sectors;
  const { answers, band, until, role } = request;
  const confirm = confirmations(row, context);
  return { ...shown, sectors, unknownSector: !row.sectors.length, confirm, answers, band, until, role };
}

/** A row with its day and its sound outcomes, or null when something in it can't be read. It is decided by itself first:
 * what fails here must not stop the other rows. */
function readableRow(row, context) {
  try {
    const { day } = localTime(row.request.at, context.zone);
    const readable = { ...row, day, outcomes: soundOutcomes(row.outcomes), sectors: row.request.sectors };
    const isCall = row.request.kind === "call";
    const state = stateOf(readable, isCall ? [readable] : [], refusalsOf([readable]), context);
    if (STATES.includes(state)) shownOf(readable, state, context);
    isClosable(readable, context);
    return readable;
  } catch {
    return null;
  }
}

/** All that is shown, in its order, and the ids of the rows that may be closed together. `rows` have id, request and outcomes; `context` has
 * `now` in seconds, `zone`, `caseworker`, `kin`, `sectors` and `failed`, the count of rows that did not open. A call that
 * says it was made after now is forged: it is counted in `forged` and has no effect, as is a row that can't be read. */
function decide(rows, context) {
  const isForged = ({ request }) => request.kind === "call" && request.at > context.now + MOST_SECONDS;
  const readable = rows
    .filter((row) => !isForged(row))
    .map((row) => readableRow(row, context))
    .filter((row) => row !== null);
  const forged = rows.length - readable.length;
  const dialled = readable.filter(({ request }) => request.kind === "call");
  const sound = readable.map((row) => ({ ...row, sectors: sectorsOf(row, dialled) }));
  const calls = sound.filter(({ request }) => request.kind === "call");
  const refusals = refusalsOf(sound);
  const states = sound.map((row) => stateOf(row, calls, refusals, context));
  const shown = sound
    .map((row, at) => ({ row, state: states[at] }))
    .filter(({ state }) => STATES.includes(state))
    .sort((one, other) => STATES.indexOf(one.state) - STATES.indexOf(other.state) || one.row.request.at - other.row.request.at)
    .map(({ row, state }) => shownOf(row, state, { ...context, failed: context.failed + forged }));
  const closable = sound.filter((row) => isClosable(row, context)).map((row) => row.id);
  return { shown, closable, forged };
}
