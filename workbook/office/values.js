// A cell's value as Excel gives it, and as JSON has it (cvsb_xl/hosts/json.py): null, text, a number, true or false,
// {"date"}, {"time"} or {"error"}. Excel keeps days as numbers; only the cell's format tells that a number is one.

const DAY = 86_400_000;
const DAY_0 = Date.UTC(1899, 11, 30); // Excel's day 0, as it counts from 1 March 1900 on
const DAYS_1904 = 1462; // how far a workbook that counts from 1904 lags behind

/** Tell whether a number format shows a day or a time: d, m, y, h or s outside quotes, brackets and escapes. */
export function showsDate(format) {
  if (typeof format !== "string" || format === "General" || format === "@") return false;
  const bare = format.replace(/"[^"]*"|\\.|_.|\*.|\[[^\]]*\]/g, "").split(";")[0];
  return /[dmyhs]/i.test(bare.replace(/general|e[+-]/gi, ""));
}

/** Return the JSON of a cell: its value, Excel's type of it, and its number format. */
export function toJson(value, type, format, counts1904 = false) {
  if (type === "Error") return { error: String(value) };
  if (value === "" || value === null || type === "Empty") return null;
  if (typeof value === "number" && showsDate(format) && value >= 0) return moment(value + (counts1904 ? DAYS_1904 : 0));
  return value;
}

function moment(serial) {
  const at = new Date(DAY_0 + Math.round(serial * 86_400) * 1000).toISOString();
  return Number.isInteger(serial) ? { date: at.slice(0, 10) } : { time: at.slice(0, 19) };
}

/** Return what is written into a cell, for a value of JSON. Blank is "": Excel leaves a cell alone that is given null. */
export function fromJson(value, counts1904 = false) {
  if (value === null || value === undefined) return "";
  if (typeof value === "string") {
    return /^['=+\-@]/.test(value) ? `'${value}` : value; // a leading apostrophe says: text, whatever follows
  }
  if (typeof value !== "object") return value;
  if (value.error) return value.error;
  const text = value.date ?? value.time;
  const [day, time = "00:00:00"] = text.split("T");
  const [hours, minutes, seconds] = time.split(":").map(Number);
  const whole = (Date.parse(`${day}T00:00:00Z`) - DAY_0) / DAY;
  const serial = whole + (hours * 3600 + minutes * 60 + (seconds || 0)) / 86_400;
  return counts1904 ? serial - DAYS_1904 : serial;
}

/** Return the number format that a value needs: "" for a blank, which needs none. */
export function formatFor(value) {
  if (value === null || value === undefined) return "";
  if (typeof value === "string") return "@";
  if (value.date) return "dd/mm/yyyy";
  if (value.time) return "dd/mm/yyyy hh:mm";
  return "General";
}

/** Tell whether two values of JSON are the same; a number and its text are, as they are to the service. */
export function same(one, other) {
  return plain(one) === plain(other);
}

function plain(value) {
  if (value === null || value === undefined || value === "") return "";
  if (typeof value === "object") return value.date ?? value.error ?? value.time.replace(/T00:00:00$/, "");
  return String(value).trimEnd();
}
