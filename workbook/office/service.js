// The service, from which this page came: who is signed in, and the work of a button. The token stays in this computer's own
// store for this add-in; it is never in the workbook.

const KEPT = "cvsb-token";

export const token = {
  get: () => window.localStorage.getItem(KEPT) ?? "",
  keep: (text) => window.localStorage.setItem(KEPT, text.trim()),
  forget: () => window.localStorage.removeItem(KEPT),
};

/** What was asked for was not done, and why, in words. */
export class Refused extends Error {
  constructor(message, status) {
    super(message);
    this.status = status;
  }
}

/** Return {name, verbs, sheets}: whose token it is and what may be asked for. */
export const about = () => call("GET", "/api/verbs");

/** Have a verb done on the workbook's tables; return the answer of cvsb_xl/hosts/json.py. */
export const press = (verb, request) => call("POST", `/api/verbs/${encodeURIComponent(verb)}`, request);

async function call(method, path, body) {
  let answer;
  try {
    answer = await fetch(path, {
      method,
      headers: { Authorization: `Bearer ${token.get()}`, ...(body && { "Content-Type": "application/json" }) },
      body: body && JSON.stringify(body),
      cache: "no-store",
      credentials: "omit",
      redirect: "error",
    });
  } catch {
    throw new Refused("The service cannot be reached. Check the network, then press the button again. Nothing was changed.", 0);
  }
  const said = await answer.json().catch(() => null);
  if (answer.status === 401) {
    throw new Refused("The token is not accepted: it is wrong, has expired, or was withdrawn. Sign in again.", 401);
  }
  if (!answer.ok) throw new Refused(said?.message ?? "The service had a fault of its own. Nothing was changed.", answer.status);
  return said;
}
