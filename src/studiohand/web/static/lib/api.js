// Talks to the desk's server: JSON in and out, samples and pictures as bytes, news as events.

const HEADERS = { "x-studiohand": "1" };

/** What was asked for is being made in the background; to be asked for again. */
export class Later extends Error {}

/** @param {string} path @param {RequestInit} [options] */
async function asked(path, options) {
  let answer;
  try { answer = await fetch(`/api/${path}`, options); } catch (error) {
    if (error.name === "AbortError") throw error;
    throw new Error("The desk does not answer; start it again and reload. Nothing is lost.");
  }
  if (answer.status === 202) throw new Later("It is being made; ask again.");
  if (answer.ok) return answer;
  let sentence = `The desk answered ${answer.status}.`;
  try { sentence = (await answer.json()).error ?? sentence; } catch { /* not JSON */ }
  throw new Error(sentence);
}

/** @param {string} path */
export const get = async (path) => (await asked(path)).json();

/** @param {string} path @param {unknown} body */
export const post = async (path, body = {}) =>
  (await asked(path, {
    method: "POST", headers: { ...HEADERS, "content-type": "application/json" },
    body: JSON.stringify(body),
  })).json();

/** @param {string} path @param {Blob} file */
export const put = async (path, file) =>
  (await asked(path, { method: "PUT", headers: HEADERS, body: file })).json();

/** @param {string} path @param {AbortSignal} [signal] */
export const bytes = async (path, signal) =>
  (await asked(path, { signal })).arrayBuffer();

/** @param {Record<string, string|number>} values */
export const query = (values) => new URLSearchParams(
  Object.entries(values).map(([name, value]) => [name, String(value)])).toString();

/** @param {(news: any) => void} told */
export function listenForNews(told) {
  const source = new EventSource("/api/events");
  source.onmessage = (event) => told(JSON.parse(event.data));
  return () => source.close();
}
