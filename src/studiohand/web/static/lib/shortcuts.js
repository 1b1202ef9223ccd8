// Every key of the desk in one table; the help sheet is made from it.

export const SHORTCUTS = [
  { key: " ", shown: "Space", act: "play", says: "Play or pause" },
  { key: "a", shown: "A", act: "hear-a", says: "Hear A, the original" },
  { key: "b", shown: "B", act: "hear-b", says: "Hear B, with the moves" },
  { key: "d", shown: "D", act: "hear-d", says: "Hear the difference alone" },
  { key: "m", shown: "M", act: "match", says: "Level match on or off" },
  { key: "l", shown: "L", act: "loop", says: "Loop the finding on or off" },
  { key: "]", shown: "]", act: "next", says: "Next finding" },
  { key: "[", shown: "[", act: "previous", says: "Previous finding" },
  { key: "Enter", shown: "Enter", act: "accept", says: "Accept the move" },
  { key: "Backspace", shown: "Backspace", act: "refuse", says: "Refuse the move" },
  { key: "u", shown: "U", act: "undo", says: "Undo the latest decision" },
  { key: "r", shown: "R", act: "render", says: "Render a take" },
  { key: "ArrowLeft", shown: "←", act: "back", says: "One second back" },
  { key: "ArrowRight", shown: "→", act: "forward", says: "One second forward" },
  { key: "+", shown: "+", act: "zoom-in", says: "Zoom in" },
  { key: "-", shown: "−", act: "zoom-out", says: "Zoom out" },
  { key: "?", shown: "?", act: "help", says: "Show all keys" },
];

/** What a key means now; nothing while the person types or a control uses the key itself.
 * @param {KeyboardEvent} event */
export function actOf(event) {
  if (event.ctrlKey || event.metaKey || event.altKey) return null;
  const target = /** @type {HTMLElement} */ (event.composedPath()[0]);
  const name = target.localName;
  if (name === "input" || name === "textarea" || name === "select") {
    const slides = name === "input" && /** @type {HTMLInputElement} */ (target).type === "range";
    if (!slides || event.key.startsWith("Arrow")) return null;
  }
  if (name === "button" && (event.key === " " || event.key === "Enter")) return null;
  if (target.getAttribute?.("role") === "slider" && event.key.startsWith("Arrow")) return null;
  return SHORTCUTS.find((entry) => entry.key === event.key)?.act ?? null;
}
