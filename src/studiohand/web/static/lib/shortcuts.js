// Every key of the desk in one table; the help sheet is made from it.

export const SHORTCUTS = [
  { key: " ", shown: "Space", act: "play", says: "Play or pause", group: "Hear" },
  { key: "a", shown: "A", act: "hear-a", says: "Hear A, the original", group: "Hear" },
  { key: "b", shown: "B", act: "hear-b", says: "Hear B, with the moves", group: "Hear" },
  { key: "d", shown: "D", act: "hear-d", says: "Hear the difference alone", group: "Hear" },
  { key: "v", shown: "V", act: "hear-c", says: "Hear the reference, mix or take beside them", group: "Hear" },
  { key: "V", shown: "Shift V", act: "next-c", says: "Choose the next reference, mix or take", group: "Hear" },
  { key: "g", shown: "G", act: "match", says: "Level match on or off", group: "Hear" },
  { key: "n", shown: "N", act: "next-way", says: "Next way of monitoring: mono, left, right, side, stereo", group: "Hear" },
  { key: "f", shown: "F", act: "band", says: "Hear the finding's band alone, or everything", group: "Hear" },
  { key: "h", shown: "H", act: "hear-move", says: "Hear the chosen move in B", group: "Hear" },
  { key: "o", shown: "O", act: "solo-finding", says: "Hear the finding's stems alone, or all", group: "Hear" },
  { key: "x", shown: "X", act: "blind", says: "Blind comparison of A and B", group: "Hear" },
  { key: "ArrowLeft", shown: "←", act: "back", says: "One second back", group: "Place" },
  { key: "ArrowRight", shown: "→", act: "forward", says: "One second forward", group: "Place" },
  { key: "ArrowLeft", shift: true, shown: "Shift ←", act: "bar-back", says: "One bar back", group: "Place" },
  { key: "ArrowRight", shift: true, shown: "Shift →", act: "bar-forward", says: "One bar forward", group: "Place" },
  { key: "Home", shown: "Home", act: "home", says: "To the start", group: "Place" },
  { key: "End", shown: "End", act: "end", says: "To the last bars", group: "Place" },
  { key: "l", shown: "L", act: "loop", says: "Loop the marked span or the finding, or stop looping", group: "Place" },
  { key: ",", shown: ",", act: "mark-in", says: "Marked span begins here", group: "Place" },
  { key: ".", shown: ".", act: "mark-out", says: "Marked span ends here", group: "Place" },
  { key: "Escape", shown: "Esc", act: "unmark", says: "Forget the marked span", group: "Place" },
  { key: "+", shown: "+", act: "zoom-in", says: "Zoom in", group: "Place" },
  { key: "-", shown: "−", act: "zoom-out", says: "Zoom out", group: "Place" },
  { key: "z", shown: "Z", act: "zoom-fit", says: "Zoom to the finding or the marked span, or to the song", group: "Place" },
  { key: "ArrowUp", shown: "↑", act: "lane-up", says: "Lane above", group: "Lanes" },
  { key: "ArrowDown", shown: "↓", act: "lane-down", says: "Lane below", group: "Lanes" },
  { key: "s", shown: "S", act: "solo", says: "Solo the lane's stem", group: "Lanes" },
  { key: "m", shown: "M", act: "mute", says: "Mute the lane's stem", group: "Lanes" },
  { key: "S", shown: "Shift S", act: "clear-solo", says: "No solo, no mute", group: "Lanes" },
  { key: "w", shown: "W", act: "sees", says: "The lane as spectrogram or waveform", group: "Lanes" },
  { key: "]", shown: "]", act: "next", says: "Next finding", group: "Decide" },
  { key: "[", shown: "[", act: "previous", says: "Previous finding", group: "Decide" },
  { key: "}", shown: "}", act: "next-move", says: "Next move of the finding", group: "Decide" },
  { key: "{", shown: "{", act: "previous-move", says: "Previous move of the finding", group: "Decide" },
  { key: "Enter", shown: "Enter", act: "accept", says: "Accept the chosen move", group: "Decide" },
  { key: "Backspace", shown: "Backspace", act: "refuse", says: "Refuse the chosen move", group: "Decide" },
  { key: "u", shown: "U", act: "undo", says: "Take back the latest act", group: "Decide" },
  { key: "z", ctrl: true, shown: "Ctrl Z", act: "undo", says: "The same", group: "Decide" },
  { key: "y", shown: "Y", act: "copy", says: "Copy the move's settings as text", group: "Decide" },
  { key: "i", shown: "I", act: "intent", says: "Write an intent on the marked span", group: "Write" },
  { key: "c", shown: "C", act: "comment", says: "Comment here", group: "Write" },
  { key: "r", shown: "R", act: "render", says: "Render a take", group: "Write" },
  { key: "?", shown: "?", act: "help", says: "Show all keys", group: "Write" },
];

const TYPED = ["input", "textarea", "select"];
const OF_A_SLIDER = ["Home", "End", "PageUp", "PageDown"];

/** What a key means now; nothing while the person types or a control uses the key itself.
 * @param {KeyboardEvent} event */
export function actOf(event) {
  if (event.altKey) return null;
  const path = event.composedPath();
  const target = /** @type {HTMLElement} */ (path[0]);
  const name = target.localName;
  if (path.some((part) => /** @type {HTMLElement} */ (part).localName === "dialog")) return null;
  const slides = target.getAttribute?.("role") === "slider"
    || (name === "input" && /** @type {HTMLInputElement} */ (target).type === "range");
  if (slides && (event.key.startsWith("Arrow") || OF_A_SLIDER.includes(event.key))) return null;
  const ticks = name === "input" && /** @type {HTMLInputElement} */ (target).type === "checkbox";
  if (TYPED.includes(name) && !slides && !(ticks && event.key !== " ")) return null;
  if (["button", "summary"].includes(name) && (event.key === " " || event.key === "Enter")) return null;
  const ctrl = event.ctrlKey || event.metaKey;
  const fits = (entry) => entry.key === event.key && Boolean(entry.ctrl) === ctrl && (!event.key.startsWith("Arrow") || Boolean(entry.shift) === event.shiftKey);
  return SHORTCUTS.find(fits)?.act ?? null;
}
