// The look that buttons, fields and their focus share.
import { css } from "../vendor/lit.js";

export const control = css`
  * { box-sizing: border-box; }
  button, input, select, textarea { font: inherit; color: var(--text); background: var(--raised); border: 1px solid var(--line);
    border-radius: 4px; padding: 2px var(--s2); }
  button { cursor: pointer; white-space: nowrap; }
  button:hover:not(:disabled) { border-color: var(--soft); }
  button:disabled { color: var(--soft); cursor: default; opacity: 0.7; }
  button[aria-pressed="true"] { border-color: currentColor; font-weight: 700; }
  :focus-visible { outline: 2px solid var(--a); outline-offset: 1px; }
`;
