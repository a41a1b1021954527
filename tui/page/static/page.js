// What textual.js leaves to the page: the address of the monitor, its fonts, a connection that broke, the clipboard.
"use strict";

const LEFT = 1000; // The monitor was left by a key.
const REFUSED = 4000; // From here on the server says why it lets nobody in.
const SECONDS_OF_A_NOTE = 6;
const LONGEST_PAUSE = 15000;

function byId(name) {
  return document.getElementById(name);
}

function say(words) {
  byId("note").textContent = words;
  setTimeout(() => {
    if (byId("note").textContent === words) byId("note").textContent = "";
  }, SECONDS_OF_A_NOTE * 1000);
}

function close(words) {
  byId("opening").classList.remove("shown");
  byId("reason").textContent = words;
  byId("closed").classList.add("shown");
  byId("again").focus();
}

async function comeBack(pause) {
  await new Promise((done) => setTimeout(done, pause));
  try {
    const answer = await fetch("/alive", { cache: "no-store" });
    if (answer.status < 500) {
      // The token's form, where the server wants it anew, is the page's answer, too.
      location.reload();
      return;
    }
  } catch {
    // Nobody answers yet.
  }
  comeBack(Math.min(pause * 2, LONGEST_PAUSE));
}

function closed(event) {
  if (event.code === LEFT) {
    close("You left the monitor.");
  } else if (event.code >= REFUSED) {
    close(event.reason);
  } else {
    close("The connection to the monitor is lost. The page looks for it, and opens it where it was left.");
    comeBack(500);
  }
}

// textual.js keeps its websocket to itself.
class WatchedSocket extends WebSocket {
  constructor(address) {
    const zone = Intl.DateTimeFormat().resolvedOptions().timeZone || "";
    super(`${address}&zone=${encodeURIComponent(zone)}`);
    this.addEventListener("close", closed);
    this.addEventListener("message", () => byId("opening").classList.remove("shown"), { once: true });
  }

  send(data) {
    // What is typed on a page that is closed goes nowhere, and is no error.
    if (this.readyState === WebSocket.OPEN) super.send(data);
  }
}

window.WebSocket = WatchedSocket;

// A page that is neither on this machine nor encrypted has no clipboard of its own.
function copyBySelection(text) {
  const area = document.createElement("textarea");
  const before = document.activeElement;
  area.value = text;
  document.body.append(area);
  area.select();
  const isCopied = document.execCommand("copy");
  area.remove();
  if (before) before.focus();
  return isCopied;
}

const ownClipboard = navigator.clipboard;

async function writeText(text) {
  try {
    if (!ownClipboard) throw new Error("no clipboard");
    await ownClipboard.writeText(text);
  } catch {
    if (!copyBySelection(text)) say("The browser lets this page copy nothing: allow it the clipboard, then press y again.");
  }
}

Object.defineProperty(navigator, "clipboard", {
  // The monitor never asks what is in it, and nobody else shall.
  value: { writeText, readText: async () => "" },
});

function wearGround() {
  const viewport = document.querySelector(".xterm-viewport");
  const ground = viewport.style.backgroundColor;
  const [red, green, blue] = (ground.match(/\d+/g) || []).map(Number);
  if (blue === undefined) return;
  const isLight = 0.299 * red + 0.587 * green + 0.114 * blue > 128;
  document.documentElement.style.setProperty("--ground", ground);
  document.documentElement.style.setProperty("--ink", isLight ? "#1c1e22" : "#c8ccd4");
}

const open = window.onload;
window.onload = async (event) => {
  byId("opening").classList.add("shown");
  byId("again").onclick = () => location.reload();
  const terminal = byId("terminal");
  terminal.dataset.sessionWebsocketUrl = `${location.protocol === "https:" ? "wss" : "ws"}://${location.host}/ws`;
  const asked = Number(new URLSearchParams(location.search).get("fontsize"));
  if (asked >= 8 && asked <= 32) terminal.dataset.fontSize = asked;
  // A terminal measures its letters once: they have to be there.
  await Promise.allSettled(["", "bold ", "italic "].map((look) => document.fonts.load(`${look}16px "Roboto Mono"`)));
  open(event);
  const viewport = document.querySelector(".xterm-viewport");
  new MutationObserver(wearGround).observe(viewport, { attributeFilter: ["style"] });
  document.querySelector(".xterm-helper-textarea").focus();
};
