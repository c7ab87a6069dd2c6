// The editor of a rule: its preview follows what is typed, and the lowest score its slider. Without this script the form does the same by its buttons.
(() => {
  const form = document.getElementById("rule");
  if (!form) return;
  const said = document.getElementById("preview-said");
  const slider = form.querySelector("[data-slider-of]");
  const least = document.getElementById(slider.dataset.sliderOf);
  form.querySelector("[data-without-scripts]").hidden = true;
  slider.hidden = false;

  const follow = () => { slider.value = Number(least.value.replace(",", ".")) || 0; };
  least.addEventListener("input", follow);
  slider.addEventListener("input", () => { least.value = slider.value === "0" ? "" : slider.value; });
  follow();

  document.body.addEventListener("htmx:beforeSwap", ({ detail }) => {
    if (new URL(detail.xhr.responseURL).pathname === detail.requestConfig.path) return;
    // Signed out meanwhile: the page for signing in is no preview, and what was typed is worth keeping.
    detail.shouldSwap = false;
    said.textContent = said.dataset.failed;
    said.classList.remove("visually-hidden");
  });
  document.getElementById("preview").addEventListener("htmx:afterSwap", () => {
    const count = document.querySelector(".preview__count");
    said.textContent = count ? count.textContent.replace(/\s+/g, " ").trim() : "";
    said.classList.add("visually-hidden");
  });
  for (const failure of ["htmx:responseError", "htmx:sendError"]) {
    form.addEventListener(failure, () => {
      said.textContent = said.dataset.failed;
      said.classList.remove("visually-hidden");
    });
  }
})();
