// Files to the desk: dropped folders opened up, each file sent aside under one batch.
import { put } from "./api.js";

const AUDIO = /\.(wav|wave|bwf|rf64|w64|caf|aiff?|aifc|flac|mp3|ogg|oga|opus|m4a|mp4|aac)$/i;

/** All files of a drop, folders opened. @param {DragEvent} event @returns {Promise<{files: File[], name: string}>} */
export async function droppedFiles(event) {
  const entries = [...event.dataTransfer.items].map((item) => item.webkitGetAsEntry?.()).filter(Boolean);
  const files = (await Promise.all(entries.map((entry) => filesOf(entry)))).flat();
  return { files, name: entries.length === 1 && entries[0].isDirectory ? entries[0].name : "" };
}

/** Send the audio files among `files`; the batch they lie under.
 * @param {File[]} files @param {(sentence: string) => void} told */
export async function sendBatch(files, told) {
  const audio = files.filter((file) => AUDIO.test(file.name) && !file.name.startsWith("."));
  if (!audio.length) throw new Error("There is no audio file among what you dropped.");
  const batch = [...crypto.getRandomValues(new Uint8Array(16))].map((byte) => byte.toString(16).padStart(2, "0")).join("");
  for (const [index, file] of audio.entries()) {
    told(`Taking ${file.name} (${index + 1} of ${audio.length})`);
    await put(`uploads/${batch}/${encodeURIComponent(file.name)}`, file);
  }
  return batch;
}

/** @param {any} entry @returns {Promise<File[]>} */
async function filesOf(entry) {
  if (entry.isFile) return [await new Promise((done, failed) => entry.file(done, failed))];
  const reader = entry.createReader();
  const found = [];
  for (;;) {
    const some = await new Promise((done, failed) => reader.readEntries(done, failed));
    if (!some.length) return found;
    for (const inner of some) found.push(...await filesOf(inner));
  }
}
