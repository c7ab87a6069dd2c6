/* Keys for the list of matches. Everything they do can be done without them; they can be turned off (WCAG 2.1.4). */
(() => {
  "use strict";
  const help = document.getElementById("keys");
  if (!help) return;
  const toggle = document.getElementById("keys-on");
  const rows = () => [...document.querySelectorAll("[data-feed] .match")];
  const link = (row) => row.querySelector(".match__title a");
  const answer = (row) => row.querySelector(".match__foot form button");
  let here = -1;
  let undone = "";

  const stored = () => {
    try { return localStorage.getItem("keys"); } catch { return null; }
  };
  const remember = (on) => {
    try { localStorage.setItem("keys", on ? "on" : "off"); } catch { /* A browser that keeps nothing: they stay on. */ }
  };

  /* A row that htmx has swapped is a new one: the place in the list is what is kept. */
  const mark = () => rows().forEach((row, n) => row.toggleAttribute("data-here", n === here));
  const move = (step) => {
    const all = rows();
    if (!all.length) return;
    const focused = all.findIndex((row) => row.contains(document.activeElement));
    here = Math.min(Math.max((focused < 0 ? here : focused) + step, 0), all.length - 1);
    mark();
    link(all[here]).focus();
  };
  const current = () => rows().find((row) => row.contains(document.activeElement)) ?? rows()[here];
  const dismiss = () => {
    const row = current();
    if (!row || row.hasAttribute("data-dismissed")) return;
    here = rows().indexOf(row);
    undone = row.id;
    answer(row)?.click();
  };
  const undo = () => {
    const row = document.getElementById(undone) ?? current();
    if (!row?.hasAttribute("data-dismissed")) return;
    here = rows().indexOf(row);
    answer(row)?.click();
  };
  const narrow = () => {
    const filter = document.getElementById("filter");
    if (!filter) return;
    filter.open = true;
    filter.querySelector("input:not([type=hidden])").focus();
  };
  const explain = () => {
    help.open = !help.open;
    if (help.open) help.querySelector("summary").focus();
  };
  const keys = {
    j: () => move(1), ArrowDown: () => move(1), k: () => move(-1), ArrowUp: () => move(-1),
    x: dismiss, u: undo, "/": narrow, "?": explain,
  };
  const isTyping = (target) => target.closest("input, textarea, select, [contenteditable]") !== null;

  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing || event.defaultPrevented) return;
    if (!toggle.checked || isTyping(event.target)) return;
    const act = keys[event.key];
    if (!act) return;
    /* Arrows scroll the page until somebody walks the list. */
    if (event.key.startsWith("Arrow") && !current()) return;
    event.preventDefault();
    act();
  });
  document.addEventListener("htmx:afterSettle", () => {
    mark();
    const row = rows()[here];
    if (row && (document.activeElement === document.body || !document.activeElement)) link(row).focus();
  });

  toggle.checked = stored() !== "off";
  toggle.addEventListener("change", () => remember(toggle.checked));
  help.hidden = false;
})();
