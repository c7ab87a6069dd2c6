/* Buttons that copy a text of the kit. Without this script the texts are selected and copied by hand. */
(() => {
  "use strict";
  if (!navigator.clipboard) return;
  document.querySelectorAll("[data-copies]").forEach((button) => {
    const text = document.getElementById(button.dataset.copies);
    const says = button.firstChild;
    const before = says.textContent;
    let waits = 0;
    button.hidden = false;
    button.setAttribute("aria-live", "polite");
    button.addEventListener("click", async () => {
      try {
        await navigator.clipboard.writeText(text.value);
      } catch {
        // A browser that does not allow it: what is selected can be copied by hand.
        text.select();
        return;
      }
      says.textContent = button.dataset.copied;
      clearTimeout(waits);
      waits = setTimeout(() => { says.textContent = before; }, 2000);
    });
  });
})();
