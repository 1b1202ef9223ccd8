// Two clips that start together and never stop; switching moves gains only, in ramps of 8 ms.
const clips = JSON.parse(document.querySelector("#clips").textContent);
const play = document.querySelector("#play");
const choices = document.querySelectorAll("[data-hear]");
const gains = {};
let context;
let heard = "after";

async function start() {
  context = new AudioContext();
  const sources = [];
  for (const [name, text] of Object.entries(clips)) {
    const bytes = Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
    const source = context.createBufferSource();
    source.buffer = await context.decodeAudioData(bytes.buffer);
    source.loop = true;
    gains[name] = context.createGain();
    gains[name].gain.value = name === heard ? 1 : 0;
    source.connect(gains[name]).connect(context.destination);
    sources.push(source);
  }
  const when = context.currentTime + 0.1;
  for (const source of sources) source.start(when);
}

function hear(name) {
  heard = name;
  for (const other of Object.keys(gains)) {
    const { gain } = gains[other];
    gain.cancelScheduledValues(context.currentTime);
    gain.setValueAtTime(gain.value, context.currentTime);
    gain.linearRampToValueAtTime(other === name ? 1 : 0, context.currentTime + 0.008);
  }
  for (const button of choices) {
    button.setAttribute("aria-pressed", String(button.dataset.hear === name));
  }
}

play.onclick = async () => {
  if (!context) await start();
  else if (context.state === "running") await context.suspend();
  else await context.resume();
  play.textContent = context.state === "running" ? "Pause" : "Play";
};
for (const button of choices) button.onclick = () => hear(button.dataset.hear);
document.onkeydown = (event) => {
  if (event.key === "a") hear("before");
  if (event.key === "b") hear("after");
  if (event.key === " " && event.target.tagName !== "BUTTON") {
    event.preventDefault();
    play.click();
  }
};
